//! Everything a box holds: what all products share, and a room for each of them.

use super::admin::{Account, Group, Organization};
use super::agile::Agile;
use super::assets::Assets;
use super::authorization::Grants;
use super::bitbucket::Bitbucket;
use super::clock;
use super::confluence::Confluence;
use super::files::Files;
use super::jira::Jira;
use super::reply::uuid;
use super::service_management::ServiceManagement;
use super::tasks::Tasks;
use super::{admin, agile, assets, bitbucket, confluence, jira, service_management};

#[derive(Debug)]
pub struct State {
    pub url: String,
    clock_offset: i64,
    counter: u64,
    requests: (i64, u64),
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

impl State {
    /// A box with nothing in it.
    pub fn empty(url: &str) -> State {
        State {
            url: url.to_owned(),
            clock_offset: 0,
            counter: 0,
            requests: (0, 0),
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
    pub fn seeded(url: &str) -> State {
        let mut state = State::empty(url);
        let now = clock::system_now();
        let today = now - now.rem_euclid(clock::DAY);
        // In this order: issues name people, boards name issues.
        admin::seed(&mut state, today);
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

    pub fn advance(&mut self, ms: i64) {
        self.clock_offset = self.clock_offset.saturating_add(ms);
    }

    /// Counts a request of this minute.
    pub fn count_request(&mut self, minute: i64) -> u64 {
        let count = if self.requests.0 == minute { self.requests.1 + 1 } else { 1 };
        self.requests = (minute, count);
        count
    }

    /// A new id in the form of a UUID, the same in every box that had the same history.
    pub fn id(&mut self) -> String {
        self.counter += 1;
        uuid(0x5eed, self.counter)
    }
}
