//! A restored log brought in line with its last head: runs and cursors that were copied later are cut back to it.
//!
//! Tiles need no care: what stands in them behind the head is written again when the log grows.

use super::{CURSOR, head, run};
use crate::{Fault, Store, TenantId, statements as sql, write::Step};

impl Store {
    /// Of every tenant. What follows the head is taken in again when the log grows.
    pub(crate) async fn settle_log(&self) -> Result<(), Fault> {
        for row in self.db.query(sql::LOG_TENANTS, Vec::new()).await? {
            self.settle_log_of(TenantId(row.int(0)?)).await?;
        }
        Ok(())
    }

    async fn settle_log_of(&self, tenant: TenantId) -> Result<(), Fault> {
        let last = self.db.query(sql::LOG_LAST, vec![tenant.into()]).await?.first().map(head).transpose()?;
        let size = last.map_or(0, |last| last.size);
        let mut steps: Vec<Step> = vec![(sql::LOG_RUNS_CUT.into(), vec![tenant.into(), size.into()])];
        self.errand(std::mem::take(&mut steps)).await?;
        let rows = self.db.query(sql::LOG_RUN_LAST, vec![tenant.into()]).await?;
        if let Some(last) = rows.first().map(run).transpose()?
            && last.leaf + last.leaves > size
        {
            let kept = size - last.leaf;
            let leaves = self
                .leaves(tenant, last.source, (last.past, last.through), kept.unsigned_abs() as usize)
                .await?;
            let through = leaves.last().map_or(last.past, |leaf| leaf.position);
            let row = [last.leaf, last.source, last.past, through, kept].map(Into::into);
            let params = std::iter::once(tenant.into()).chain(row).collect();
            self.errand(vec![(sql::LOG_RUN_PUT.into(), params)]).await?;
        }
        steps.push((sql::CURSOR_DROP.into(), vec![tenant.into(), CURSOR.into()]));
        for row in self.db.query(sql::LOG_THROUGH, vec![tenant.into()]).await? {
            let (source, through) = (row.int(0)?, row.int(1)?);
            let params = vec![tenant.into(), CURSOR.into(), source.into(), through.into()];
            steps.push((sql::CURSOR_SET.into(), params));
        }
        self.errand(steps).await?;
        Ok(())
    }
}
