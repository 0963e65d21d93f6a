//! Everything a box holds: what all products share, and a room for each of them.

use serde::{Deserialize, Serialize};

use super::admin::{Account, Group, Organization};
use super::agile::Agile;
use super::assets::Assets;
use super::authorization::Grants;
use super::bitbucket::Bitbucket;
use super::clock;
use super::confluence::Confluence;
use super::files::Files;
use super::jira::Jira;
use super::limits::Limits;
use super::reply::uuid;
use super::service_management::ServiceManagement;
use super::tasks::Tasks;
use super::{admin, agile, assets, bitbucket, confluence, jira, service_management};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// Where the box is, this time.
    #[serde(skip)]
    pub url: String,
    #[serde(skip)]
    clock_offset: i64,
    counter: u64,
    /// When it was made, and its keys with it.
    made: i64,
    #[serde(skip)]
    pub limits: Limits,
    /// Tokens end with the box.
    #[serde(skip)]
    pub grants: Grants,
    pub files: Files,
    pub long_tasks: Tasks,
    /// People: every product knows them by the same ids.
    pub accounts: Vec<Account>,
    pub groups: Vec<Group>,
    pub organization: Organization,
    pub jira: Jira,
    pub agile: Agile,
    pub service_management: ServiceManagement,
    pub assets: Assets,
    pub confluence: Confluence,
    pub bitbucket: Bitbucket,
}

/// The form of snapshots: it changes when what is stored no longer fits.
const FORMAT: u32 = 2;

/// Ids count up from the last one: from here on there is room for all that a box ever holds, and JSON's numbers are exact.
const LAST_ID: u64 = 1 << 52;

#[derive(Serialize, Deserialize)]
struct Snapshot<S> {
    format: u32,
    /// Where the clock stood.
    now: i64,
    state: S,
}

pub fn snapshot(state: &State) -> serde_json::Result<String> {
    serde_json::to_string(&Snapshot { format: FORMAT, now: state.now(), state })
}

pub fn restored(snapshot: &str, url: &str) -> serde_json::Result<State> {
    let Snapshot { format, now, mut state }: Snapshot<State> = serde_json::from_str(snapshot)?;
    if format != FORMAT {
        return Err(serde::de::Error::custom(format!("the snapshot has format {format}, this version reads {FORMAT}")));
    }
    url.clone_into(&mut state.url);
    if !clock::TIMES.contains(&now) {
        return Err(serde::de::Error::custom(format!("the clock cannot stand at {now}")));
    }
    if let Some(last) = state.counters().into_iter().find(|last| *last > LAST_ID) {
        return Err(serde::de::Error::custom(format!("{last} is too large for the last id that was given")));
    }
    state.clock_offset = now - clock::system_now();
    Ok(state)
}

impl State {
    /// A box with nothing in it.
    pub fn empty(url: &str) -> State {
        State {
            url: url.to_owned(),
            clock_offset: 0,
            counter: 0,
            made: clock::system_now(),
            limits: Limits::default(),
            grants: Grants::default(),
            files: Files::default(),
            long_tasks: Tasks::default(),
            accounts: Vec::new(),
            groups: Vec::new(),
            organization: Organization::default(),
            jira: Jira::default(),
            agile: Agile::default(),
            service_management: ServiceManagement::default(),
            assets: Assets::default(),
            confluence: Confluence::default(),
            bitbucket: Bitbucket::default(),
        }
    }

    /// The demo site. Ids and names never change; times are counted back from today.
    /// With `examples` the organization alone: sites answer from their models.
    pub fn seeded(url: &str, examples: bool) -> State {
        let mut state = State::empty(url);
        let now = clock::system_now();
        let today = now - now.rem_euclid(clock::DAY);
        // In this order: issues name people, boards name issues.
        admin::seed(&mut state, today);
        if examples {
            return state;
        }
        jira::seed(&mut state, today);
        agile::seed(&mut state, today);
        service_management::seed(&mut state, today);
        assets::seed(&mut state, today);
        confluence::seed(&mut state, today);
        bitbucket::seed(&mut state, today);
        state
    }

    /// Milliseconds since 1970 by the box's clock.
    pub fn now(&self) -> i64 {
        clock::system_now() + self.clock_offset
    }

    /// API tokens and keys live a year.
    pub fn keys_expired(&self) -> bool {
        self.now() - self.made >= 365 * clock::DAY
    }

    /// Nothing happens where the clock would leave `clock::TIMES`.
    pub fn advance(&mut self, ms: i64) -> Result<(), String> {
        if !clock::TIMES.contains(&self.now().saturating_add(ms)) {
            return Err("the clock cannot leave the years 1970 to 8999".to_owned());
        }
        self.clock_offset = self.clock_offset.saturating_add(ms);
        Ok(())
    }

    /// The last ids given, of all rows of numbers.
    fn counters(&self) -> Vec<u64> {
        let mut all =
            vec![self.counter, self.files.last(), self.jira.last, self.service_management.last, self.confluence.last, self.bitbucket.last];
        all.extend([self.agile.last_board, self.agile.last_sprint]);
        all.extend(self.assets.last.values());
        all.extend(self.jira.projects.values().map(|project| project.last_number));
        all
    }

    /// A new id in the form of a UUID, the same in every box that had the same history.
    pub fn id(&mut self) -> String {
        self.counter += 1;
        uuid(0x5eed, self.counter)
    }
}
