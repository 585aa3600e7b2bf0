//! Photos that go out with a case that is given: those that a person approved for everybody, and no others.
//!
//! Owns the choice of them and their two ways: by their public address, or themselves as the copy without metadata. What is public is
//! asked of [`crate::public`]. Start at [`Feeds::shown`].

use huying_model::{Case, Event, event::Body};
use huying_store::TenantId;

use super::{
    Feeds,
    call::Asked,
    map::{Photos, Push},
};
use crate::{Error, files::FileError, public};

/// Photos of one case as they go out.
pub(super) struct Shown {
    /// The entry that approved them.
    pub event: u32,
    links: Vec<String>,
    files: Vec<Vec<u8>>,
}

impl Shown {
    /// Puts them into a form.
    pub fn put(self, asked: &mut Asked<'_>) {
        asked.fields.extend(self.links.into_iter().map(|link| ("media_url".to_owned(), link)));
        asked.files = self.files;
    }
}

/// Whether an entry approves photos.
pub(super) fn approves(event: &Event) -> bool {
    matches!(&event.body, Body::Published { files, .. } if !files.is_empty())
}

impl Feeds {
    /// The photos of a case that everybody may see now, as the map gives them; None where none go out.
    pub(super) async fn shown(
        &self,
        tenant: TenantId,
        push: &Push,
        case: &Case,
    ) -> Result<Option<Shown>, Error> {
        let home = match (push.photos, &self.home) {
            (Photos::None, _) | (Photos::Link, None) => return Ok(None),
            (_, home) => home.as_deref().unwrap_or_default(),
        };
        let view = self.engine.public_case(tenant, &case.number).await?;
        let Some(approved) = view.and_then(|view| view.publication).filter(|it| !it.files.is_empty()) else {
            return Ok(None);
        };
        let mut shown = Shown { event: approved.event, links: Vec::new(), files: Vec::new() };
        for file in &approved.files {
            if push.photos == Photos::Link {
                shown.links.push(public::photo_address(
                    &format!("{home}{}", public::OPEN311),
                    &case.number,
                    file,
                ));
                continue;
            }
            let Some(row) = self.engine.store().file(tenant, case.id, file).await? else { continue };
            let Some(copy) = row.shown.clone() else { continue };
            match self.engine.opened(tenant, &row, &copy).await {
                Ok(bytes) => shown.files.push(bytes),
                Err(Error::File(FileError::Forgotten | FileError::NoSuchFile)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(shown))
    }
}
