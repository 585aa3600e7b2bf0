//! The roster (值班表): who answers for a unit at a moment, and who deputises (代班).
//!
//! Owns the rows, the days and hours that they cover, and the questions asked of them: [`Org::on_duty`] and
//! [`Org::seats`]. Days are those of the authority's calendar. Refuses members and units that do not exist, and a
//! row whose first member has no seat in the unit. A unit without rows is answered for by whoever sits in it.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::{Date, Weekday};

use crate::{
    actor::Seat,
    calendar::Calendar,
    ids::{MemberId, UnitId},
    org::{Org, OrgError},
    time::Instant,
};

/// Days on which a row holds: weekdays, working days, days without work, or several of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Days {
    /// Bit 0 is Monday.
    weekdays: u8,
    workday: bool,
    holiday: bool,
}

impl Days {
    /// Every day of the year.
    pub const DAILY: Days = Days { weekdays: 0x7f, workday: false, holiday: false };
    /// Days with working hours by the calendar, make-up workdays too.
    pub const WORKDAY: Days = Days { weekdays: 0, workday: true, holiday: false };
    /// Days without working hours: weekends and public holidays.
    pub const HOLIDAY: Days = Days { weekdays: 0, workday: false, holiday: true };

    /// From one weekday to another, round the end of the week where need be.
    pub fn between(first: Weekday, last: Weekday) -> Days {
        let (first, last) = (first.to_monday_zero_offset(), last.to_monday_zero_offset());
        let inside = |day: &i8| {
            if first <= last { (first..=last).contains(day) } else { *day >= first || *day <= last }
        };
        let weekdays = (0..7).filter(inside).fold(0, |bits, day| bits | 1 << day);
        Days { weekdays, ..Days::default() }
    }
    /// The days of either.
    #[must_use]
    pub fn or(self, other: Days) -> Days {
        Days {
            weekdays: self.weekdays | other.weekdays,
            workday: self.workday || other.workday,
            holiday: self.holiday || other.holiday,
        }
    }
    pub fn contains(self, date: Date, calendar: &Calendar) -> bool {
        let bit = 1 << date.weekday().to_monday_zero_offset();
        self.weekdays & bit != 0
            || (self.workday || self.holiday)
                && if calendar.is_workday(date) { self.workday } else { self.holiday }
    }
}

/// One row: these members answer for the unit on these days in these hours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duty {
    pub unit: UnitId,
    pub days: Days,
    /// Minutes after midnight. `until` is at most 1440; where it is not after `from`, the row ends on the next day.
    pub from: u16,
    pub until: u16,
    /// The first is on duty, the others deputise in this order.
    pub members: Vec<MemberId>,
}

impl Duty {
    /// Whether the row holds at a civil day and minute. What passes midnight belongs to the day on which it began.
    pub fn covers(&self, date: Date, minute: u16, calendar: &Calendar) -> bool {
        if self.from < self.until {
            return (self.from..self.until).contains(&minute) && self.days.contains(date, calendar);
        }
        let began = date.yesterday().is_ok_and(|day| self.days.contains(day, calendar));
        minute >= self.from && self.days.contains(date, calendar) || minute < self.until && began
    }
}

/// The rows with the calendar whose days they mean.
#[derive(Clone, Debug)]
pub struct Roster {
    pub calendar: Arc<Calendar>,
    duties: Vec<Duty>,
    units: BTreeMap<UnitId, Vec<usize>>,
    deputies: BTreeMap<MemberId, Vec<usize>>,
}

impl Roster {
    pub fn new(calendar: Arc<Calendar>, duties: Vec<Duty>) -> Roster {
        let (mut units, mut deputies) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (at, duty) in duties.iter().enumerate() {
            units.entry(duty.unit.clone()).or_default().push(at);
            for deputy in duty.members.iter().skip(1) {
                deputies.entry(deputy.clone()).or_default().push(at);
            }
        }
        Roster { calendar, duties, units, deputies }
    }

    /// Units that have rows.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        self.units.keys()
    }
    /// The rows of a unit, in the order of the table.
    pub fn of(&self, unit: &UnitId) -> impl Iterator<Item = &Duty> {
        self.rows(self.units.get(unit))
    }
    fn deputised(&self, member: &MemberId) -> impl Iterator<Item = &Duty> {
        self.rows(self.deputies.get(member))
    }
    fn rows<'a>(&'a self, found: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Duty> + 'a {
        found.into_iter().flatten().filter_map(|at| self.duties.get(*at))
    }
    fn now(&self, at: Instant) -> (Date, u16) {
        let civil = self.calendar.civil(at);
        let minute = u16::from(civil.hour().unsigned_abs()) * 60 + u16::from(civil.minute().unsigned_abs());
        (civil.date(), minute)
    }

    /// The rows that another organisation can go by; those whose first member is gone or sits elsewhere fall away, and
    /// whoever sits in the unit answers for it again.
    #[must_use]
    pub fn kept_by(&self, org: &Org) -> Roster {
        let duties = self.duties.iter().map(|duty| {
            let there = |member: &&MemberId| org.members.contains_key(*member);
            Duty { members: duty.members.iter().filter(there).cloned().collect(), ..duty.clone() }
        });
        Roster::new(self.calendar.clone(), duties.filter(|duty| check(duty, org).is_ok()).collect())
    }
}

fn check(duty: &Duty, org: &Org) -> Result<(), OrgError> {
    if let Some(member) = duty.members.iter().find(|member| !org.members.contains_key(*member)) {
        return Err(OrgError::NoDuty { unit: duty.unit.clone(), member: member.clone() });
    }
    let first = duty.members.first().cloned().unwrap_or_default();
    let sits = org.members.get(&first).is_some_and(|m| m.seats.iter().any(|s| s.unit == duty.unit));
    if sits { Ok(()) } else { Err(OrgError::NoSeatOnDuty { unit: duty.unit.clone(), member: first }) }
}

impl Org {
    /// The organisation with a roster, or with another one.
    ///
    /// # Errors
    /// Where a row names somebody who does not exist, or who has no seat that could be answered for.
    pub fn with_roster(mut self, roster: Roster) -> Result<Org, OrgError> {
        roster.duties.iter().try_for_each(|duty| check(duty, &self))?;
        self.roster = Some(Arc::new(roster));
        Ok(self)
    }

    /// Who answers for a unit at a moment: first who is on duty, then the deputies, row after row. Nobody where the
    /// unit has no roster, or one with a hole.
    pub fn on_duty(&self, unit: &UnitId, at: Instant) -> Vec<&MemberId> {
        let Some(roster) = &self.roster else { return Vec::new() };
        let (date, minute) = roster.now(at);
        let mut members = Vec::new();
        for duty in roster.of(unit).filter(|duty| duty.covers(date, minute, &roster.calendar)) {
            for member in &duty.members {
                if !members.contains(&member) {
                    members.push(member);
                }
            }
        }
        members
    }

    /// The seats that are a member's at this moment: their own in units that are in force, and as a deputy on duty
    /// those of the one they deputise for, in the unit of the row.
    pub fn seats(&self, member: &MemberId, at: Instant) -> Vec<Seat> {
        let own = |member: &MemberId| self.members.get(member).map_or(&[][..], |found| &found.seats);
        let mut seats: Vec<Seat> = own(member).to_vec();
        if let Some(roster) = &self.roster {
            let (date, minute) = roster.now(at);
            let now = |duty: &&Duty| duty.covers(date, minute, &roster.calendar);
            for duty in roster.deputised(member).filter(now) {
                let first = duty.members.first().map_or(&[][..], own);
                seats.extend(first.iter().filter(|seat| seat.unit == duty.unit).cloned());
            }
        }
        let mut once = Vec::with_capacity(seats.len());
        for seat in seats.into_iter().filter(|seat| self.active(&seat.unit, at)) {
            if !once.contains(&seat) {
                once.push(seat);
            }
        }
        once
    }
}
