use crate::{Case,Event}; pub fn apply(case:&mut Case, _e:&Event){ case.version+=1; }
