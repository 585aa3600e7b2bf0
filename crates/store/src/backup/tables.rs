//! The primary tables, in the order in which they are copied.

use crate::{
    TenantId, schema,
    value::{Row, Value},
};

/// The table that is copied by stream.
pub(super) const EVENTS: &str = "event";
/// The table of data keys.
pub(super) const KEYS: &str = "seal_key";
/// The table that holds the secrets of webhooks.
pub(super) const SUBSCRIPTIONS: &str = "subscription";
/// The table that holds the ones before them.
pub(super) const HOOKS: &str = "hook";

/// A table with its columns; the first `key` of them are its key.
pub(super) struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    key: usize,
    /// Kept apart from the rest.
    pub secret: bool,
}

/// Heads of the log before what they speak of, so that it is all there; what grew meanwhile is cut off again. Keys and cursors before the
/// events they speak of, so that no answer is copied without its events. So is what was made of events or led to some (messages, letters,
/// how far a feed was asked): one whose event is missing would take the place of what is told of the next, or say that what came was applied.
/// A cursor comes before what it has led to, since that is made once more and stands once. What events refer to comes afterwards.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "log_head",
        columns: &["tenant", "began", "size", "made_at", "note"],
        key: 2,
        secret: false,
    },
    Table {
        name: "log_run",
        columns: &["tenant", "leaf", "source", "past", "through", "leaves"],
        key: 2,
        secret: false,
    },
    Table { name: "log_tile", columns: &["tenant", "level", "no", "hashes"], key: 3, secret: false },
    Table {
        name: "idem",
        columns: &[
            "tenant",
            "key",
            "member",
            "day",
            "body_hash",
            "case_id",
            "number",
            "version",
            "stage",
            "position",
        ],
        key: 3,
        secret: false,
    },
    Table { name: "cursor", columns: &["tenant", "name", "stream", "position"], key: 3, secret: false },
    Table {
        name: "feed",
        columns: &["tenant", "id", "map", "key", "active", "since", "ran_at", "error", "made_by", "made_at"],
        key: 2,
        secret: true,
    },
    Table {
        name: "feed_letter",
        columns: &[
            "tenant",
            "feed",
            "id",
            "direction",
            "case_id",
            "seq",
            "body",
            "state",
            "attempts",
            "due_at",
            "error",
            "made_at",
        ],
        key: 3,
        secret: false,
    },
    Table {
        name: "feed_case",
        columns: &["tenant", "feed", "case_id", "remote", "open", "at"],
        key: 3,
        secret: false,
    },
    Table {
        name: "replay",
        columns: &["tenant", "subscription", "stream", "position", "through"],
        key: 3,
        secret: false,
    },
    Table {
        name: "delivery",
        columns: &[
            "tenant",
            "id",
            "subscriber",
            "channel",
            "target",
            "payload",
            "state",
            "attempts",
            "due_at",
            "holder",
            "leased_until",
            "created_at",
            "done_at",
            "error",
        ],
        key: 2,
        secret: false,
    },
    Table {
        name: "delivery_try",
        columns: &["tenant", "id", "at", "no", "answer", "error"],
        key: 3,
        secret: false,
    },
    Table {
        name: "exchange_out",
        columns: &[
            "tenant", "partner", "case_id", "no", "id", "kind", "seq", "stream", "position", "at", "state",
            "attempts", "due_at", "done_at", "error", "reason",
        ],
        key: 4,
        secret: false,
    },
    Table {
        name: "exchange_in",
        columns: &[
            "tenant",
            "partner",
            "source",
            "id",
            "subject",
            "no",
            "kind",
            "sent_at",
            "received_at",
            "state",
            "attempts",
            "due_at",
            "done_at",
            "code",
            "error",
            "case_id",
            "body",
        ],
        key: 4,
        secret: false,
    },
    Table {
        name: EVENTS,
        columns: &[
            "tenant",
            "case_id",
            "seq",
            "stream",
            "position",
            "policy",
            "occurred_at",
            "received_at",
            "recorded_at",
            "kind",
            "body",
            "prev",
            "hash",
        ],
        key: 3,
        secret: false,
    },
    Table {
        name: "file",
        columns: &[
            "tenant", "case_id", "hash", "media", "bytes", "shown", "thumb", "key", "added_at", "meta",
        ],
        key: 3,
        secret: false,
    },
    Table {
        name: "installed",
        columns: &["tenant", "kind", "version", "hash", "effective_at", "installed_at", "body"],
        key: 3,
        secret: false,
    },
    Table {
        name: SUBSCRIPTIONS,
        columns: &["tenant", "id", "kind", "target", "secret", "filter", "active", "created_at"],
        key: 2,
        secret: false,
    },
    Table {
        name: HOOKS,
        columns: &["tenant", "id", "paused", "old_secret", "old_until"],
        key: 2,
        secret: false,
    },
    Table {
        name: "access_log",
        columns: &["tenant", "at", "no", "member", "unit", "case_id", "what", "field", "reporter", "purpose"],
        key: 3,
        secret: false,
    },
    Table {
        name: "erasure",
        columns: &[
            "tenant",
            "id",
            "case_id",
            "reporter",
            "reason",
            "state",
            "proposed_by",
            "proposed_at",
            "decided_by",
            "decided_at",
            "keys",
            "scoured_at",
        ],
        key: 2,
        secret: false,
    },
    Table {
        name: "component_change",
        columns: &[
            "tenant",
            "code",
            "no",
            "name",
            "state",
            "kind",
            "matter",
            "lon_e7",
            "lat_e7",
            "area",
            "owner",
            "keeper",
            "supervisor",
            "note",
            "since",
            "until",
            "at",
            "run",
            "member",
            "reason",
        ],
        key: 3,
        secret: false,
    },
    Table {
        name: "partner_map",
        columns: &["tenant", "partner", "version", "body", "made_by", "made_at"],
        key: 3,
        secret: false,
    },
    Table {
        name: "exchange_figure",
        columns: &["tenant", "partner", "period", "made_at", "received_at", "body"],
        key: 3,
        secret: false,
    },
    Table {
        name: "partner",
        columns: &[
            "tenant",
            "id",
            "name",
            "kind",
            "address",
            "source",
            "own",
            "secrets",
            "active",
            "made_at",
            "failures",
            "down_since",
            "next_try",
            "error",
            "last_out",
            "last_in",
        ],
        key: 2,
        secret: true,
    },
    // Sessions, links and failed tries are not copied: a restored store asks everybody to sign in anew. Nor are uploads: devices have
    // the photos, and send them again.
    Table {
        name: "account",
        columns: &[
            "tenant",
            "member",
            "password",
            "once_until",
            "locked",
            "mail",
            "totp",
            "totp_step",
            "made_at",
            "changed_at",
        ],
        key: 2,
        secret: true,
    },
    Table {
        name: "passkey",
        columns: &["tenant", "id", "member", "name", "fixed", "moving", "made_at", "used_at"],
        key: 2,
        secret: true,
    },
    Table {
        name: "feed_choice",
        columns: &["tenant", "feed", "letter", "chosen", "reason", "member", "at"],
        key: 3,
        secret: false,
    },
    Table {
        name: "saved_filter",
        columns: &["tenant", "member", "name", "query", "made_at"],
        key: 3,
        secret: false,
    },
    Table {
        name: "sign_in_log",
        columns: &[
            "tenant", "at", "no", "member", "what", "way", "device", "network", "times", "last_at",
            "asked_by", "hour",
        ],
        key: 3,
        secret: false,
    },
    Table {
        name: "recipient",
        columns: &[
            "tenant",
            "id",
            "version",
            "unit",
            "area",
            "kinds",
            "purposes",
            "given_by",
            "how",
            "consent_at",
            "consent_until",
            "registered_at",
            "withdrawn_at",
            "sealed",
        ],
        key: 2,
        secret: false,
    },
    Table { name: "recovery", columns: &["tenant", "member", "hash"], key: 3, secret: true },
    Table {
        name: "api_key",
        columns: &["tenant", "hash", "id", "member", "name", "scopes", "made_at", "ends_at", "used_at"],
        key: 2,
        secret: true,
    },
    Table { name: KEYS, columns: &["tenant", "name", "case_id", "wrapped"], key: 2, secret: true },
];

/// Sets every stream to the last of its events.
pub(super) const STREAMS_OF_EVENTS: &str = "INSERT INTO stream (stream, position)
    SELECT stream, MAX(position) FROM event WHERE stream > 0 GROUP BY stream
    ON CONFLICT (stream) DO UPDATE SET position = excluded.position";

/// Ends every run of the log where its stream ends at the latest: beside others' events it had come further, and what comes next takes their
/// places.
pub(super) const RUNS_OF_STREAMS: &str = "UPDATE log_run
    SET through = (SELECT stream.position FROM stream WHERE stream.stream = log_run.source)
    WHERE source > 0 AND through > (SELECT stream.position FROM stream WHERE stream.stream = log_run.source)";

fn numbered(from: usize, count: usize) -> String {
    (from..from + count).map(|no| format!("${no}")).collect::<Vec<_>>().join(", ")
}

impl Table {
    /// The next rows after one, by key; of one tenant, whose column is the first of every key.
    pub(super) fn page(
        &self,
        tenant: Option<TenantId>,
        after: Option<&Row>,
        limit: usize,
    ) -> (String, Vec<Value>) {
        let (name, columns) = (self.name, self.columns.join(", "));
        let key = self.columns.iter().take(self.key).copied().collect::<Vec<_>>().join(", ");
        let mut params: Vec<Value> =
            after.map(|row| row.0.iter().take(self.key).cloned().collect()).unwrap_or_default();
        let mut conditions = Vec::new();
        if after.is_some() {
            conditions.push(format!("({key}) > ({})", numbered(1, self.key)));
        }
        if let Some(tenant) = tenant {
            params.push(tenant.into());
            conditions.push(format!("tenant = ${}", params.len()));
        }
        let from = match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", conditions.join(" AND ")),
        };
        params.push(Value::Int(limit as i64));
        (format!("SELECT {columns} FROM {name} {from} ORDER BY {key} LIMIT ${}", params.len()), params)
    }

    /// The one row with this key.
    pub(super) fn of_key(&self, key: &[Value]) -> (String, Vec<Value>) {
        let (name, columns) = (self.name, self.columns.join(", "));
        let names = self.columns.iter().take(key.len()).copied().collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {columns} FROM {name} WHERE ({names}) = ({})", numbered(1, key.len()));
        (sql, key.to_vec())
    }

    /// The next rows of a stream after a position, up to another.
    pub(super) fn stream_page(
        &self,
        tenant: Option<TenantId>,
        stream: i64,
        (after, end): (i64, i64),
        limit: usize,
    ) -> (String, Vec<Value>) {
        let (name, columns) = (self.name, self.columns.join(", "));
        let of = if tenant.is_some() { "AND tenant = $5" } else { "" };
        let sql = format!(
            "SELECT {columns} FROM {name} WHERE stream = $1 AND position > $2 AND position <= $3 {of} ORDER BY position LIMIT $4"
        );
        let mut params = vec![stream.into(), after.into(), end.into(), Value::Int(limit as i64)];
        params.extend(tenant.map(Value::from));
        (sql, params)
    }

    /// The step of the schema that it came with, where a backup of an older version has not got it.
    pub(super) fn came_with(&self) -> Option<&'static str> {
        match self.name {
            "log_head" | "log_run" | "log_tile" => Some(schema::LOG),
            "access_log" | "erasure" => Some(schema::PERSON),
            "passkey" => Some(schema::DOOR),
            "feed" | "feed_case" | "feed_letter" => Some(schema::FEEDS),
            "feed_choice" => Some(schema::FEED_CHOICES),
            "partner" | "partner_map" | "exchange_out" | "exchange_in" | "exchange_figure" => {
                Some(schema::EXCHANGE)
            }
            "component_change" => Some(schema::COMPONENTS),
            "saved_filter" => Some(schema::SAVED_FILTERS),
            "sign_in_log" => Some(schema::SIGN_INS),
            "recipient" => Some(schema::RECIPIENTS),
            HOOKS | "delivery_try" | "replay" => Some(schema::JOBS),
            _ => None,
        }
    }

    /// Where a column stands.
    pub(super) fn place_of(&self, column: &str) -> usize {
        self.columns.iter().position(|name| *name == column).unwrap_or_default()
    }

    pub(super) fn insert(&self) -> String {
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.name,
            self.columns.join(", "),
            numbered(1, self.columns.len())
        )
    }
}
