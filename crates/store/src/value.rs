//! One thin layer of values and rows over both drivers, so that a statement is written and read once.
//!
//! Columns hold integers, text, bytes and floats; an id is 16 bytes, an instant is an integer in milliseconds UTC.

use huying_model::CaseId;
use rusqlite::types::{ToSqlOutput, ValueRef};
use smol_str::SmolStr;
use tokio_postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::{Fault, TenantId};

/// A parameter or a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Blob(Vec<u8>),
}

macro_rules! from {
    ($($type:ty => |$it:ident| $make:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($it: $type) -> Value { $make }
        })*
    };
}
from! {
    i64 => |it| Value::Int(it);
    u32 => |it| Value::Int(i64::from(it));
    i32 => |it| Value::Int(i64::from(it));
    bool => |it| Value::Int(i64::from(it));
    f64 => |it| Value::Float(it);
    &str => |it| Value::Text(it.to_owned());
    String => |it| Value::Text(it);
    SmolStr => |it| Value::Text(it.to_string());
    &SmolStr => |it| Value::Text(it.to_string());
    CaseId => |it| Value::Blob(it.0.to_be_bytes().to_vec());
    TenantId => |it| Value::Int(it.0);
    Vec<u8> => |it| Value::Blob(it);
    [u8; 32] => |it| Value::Blob(it.to_vec());
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Value {
        it.map_or(Value::Null, Into::into)
    }
}

/// A row as it was read. Columns are taken by their place in the statement's own list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    fn wrong(&self, at: usize, wanted: &str) -> Fault {
        Fault::Broken(format!("column {at} is not {wanted}: {:?}", self.0.get(at)))
    }
    pub fn int(&self, at: usize) -> Result<i64, Fault> {
        self.opt_int(at)?.ok_or_else(|| self.wrong(at, "an integer"))
    }
    pub fn opt_int(&self, at: usize) -> Result<Option<i64>, Fault> {
        match self.0.get(at) {
            Some(Value::Int(it)) => Ok(Some(*it)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(at, "an integer")),
        }
    }
    pub fn flag(&self, at: usize) -> Result<bool, Fault> {
        Ok(self.int(at)? != 0)
    }
    pub fn text(&self, at: usize) -> Result<&str, Fault> {
        self.opt_text(at)?.ok_or_else(|| self.wrong(at, "text"))
    }
    pub fn opt_text(&self, at: usize) -> Result<Option<&str>, Fault> {
        match self.0.get(at) {
            Some(Value::Text(it)) => Ok(Some(it)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(at, "text")),
        }
    }
    pub fn word(&self, at: usize) -> Result<SmolStr, Fault> {
        self.text(at).map(SmolStr::new)
    }
    pub fn opt_word(&self, at: usize) -> Result<Option<SmolStr>, Fault> {
        Ok(self.opt_text(at)?.map(SmolStr::new))
    }
    pub fn blob(&self, at: usize) -> Result<&[u8], Fault> {
        match self.0.get(at) {
            Some(Value::Blob(it)) => Ok(it),
            _ => Err(self.wrong(at, "bytes")),
        }
    }
    pub fn opt_blob(&self, at: usize) -> Result<Option<&[u8]>, Fault> {
        if self.0.get(at) == Some(&Value::Null) { Ok(None) } else { self.blob(at).map(Some) }
    }
    pub fn hash(&self, at: usize) -> Result<[u8; 32], Fault> {
        self.blob(at)?.try_into().map_err(|_why| self.wrong(at, "32 bytes"))
    }
    pub fn id(&self, at: usize) -> Result<CaseId, Fault> {
        let bytes: [u8; 16] = self.blob(at)?.try_into().map_err(|_why| self.wrong(at, "an id"))?;
        Ok(CaseId(u128::from_be_bytes(bytes)))
    }
    pub fn opt_id(&self, at: usize) -> Result<Option<CaseId>, Fault> {
        if self.0.get(at) == Some(&Value::Null) { Ok(None) } else { self.id(at).map(Some) }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(it) => ValueRef::Integer(*it),
            Value::Float(it) => ValueRef::Real(*it),
            Value::Text(it) => ValueRef::Text(it.as_bytes()),
            Value::Blob(it) => ValueRef::Blob(it),
        }))
    }
}

/// Reads a row of SQLite.
pub fn from_sqlite(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    let mut values = Vec::with_capacity(columns);
    for at in 0..columns {
        values.push(match row.get_ref(at)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(it) => Value::Int(it),
            ValueRef::Real(it) => Value::Float(it),
            ValueRef::Text(it) => Value::Text(String::from_utf8_lossy(it).into_owned()),
            ValueRef::Blob(it) => Value::Blob(it.to_vec()),
        });
    }
    Ok(Row(values))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(it) if *ty == Type::INT4 => i32::try_from(*it)?.to_sql(ty, out),
            Value::Int(it) if *ty == Type::INT8 => it.to_sql(ty, out),
            Value::Float(it) if *ty == Type::FLOAT8 => it.to_sql(ty, out),
            Value::Text(it) if *ty == Type::TEXT || *ty == Type::VARCHAR => it.to_sql(ty, out),
            Value::Blob(it) if *ty == Type::BYTEA => it.to_sql(ty, out),
            other => Err(format!("the parameter {other:?} does not fit the type {ty}").into()),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    to_sql_checked!();
}

/// Reads a row of PostgreSQL.
pub fn from_postgres(row: &tokio_postgres::Row) -> Result<Row, Fault> {
    let read = |why: tokio_postgres::Error| Fault::broken("reading a row", why);
    let mut values = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        let ty = column.type_();
        values.push(if *ty == Type::INT8 {
            row.try_get::<_, Option<i64>>(at).map_err(read)?.into()
        } else if *ty == Type::INT4 {
            row.try_get::<_, Option<i32>>(at).map_err(read)?.into()
        } else if *ty == Type::FLOAT8 {
            row.try_get::<_, Option<f64>>(at).map_err(read)?.into()
        } else if *ty == Type::BYTEA {
            row.try_get::<_, Option<Vec<u8>>>(at).map_err(read)?.into()
        } else if *ty == Type::BOOL {
            row.try_get::<_, Option<bool>>(at).map_err(read)?.into()
        } else if *ty == Type::TEXT || *ty == Type::VARCHAR {
            row.try_get::<_, Option<String>>(at).map_err(read)?.into()
        } else {
            return Err(Fault::Broken(format!(
                "column {} has the type {ty}, which is not read",
                column.name()
            )));
        });
    }
    Ok(Row(values))
}
