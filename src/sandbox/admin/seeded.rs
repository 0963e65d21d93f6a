//! The data of a fresh box. Ids and names never change; times are counted back from today, so that "inactive for a year" stays true.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::clock::{DAY, system_now};
use super::super::reply::{mix, uuid};
use super::super::seed::{self, accounts, groups, scim, tokens};
use super::super::store::State;
use super::store::*;

const ACCOUNTS: u64 = 260;

const GIVEN: &[&str] = &[
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ivan", "Jana", "Kofi", "Lena", "Mateo", "Nadia", "Omar",
    "Priya", "Quinn", "Rosa", "Sven", "Tomoko", "Uma", "Viktor", "Wanda", "Xenia", "Yusuf", "Zoe",
];
const FAMILY: &[&str] = &[
    "Abbott",
    "Bianchi",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nwosu",
    "O'Brien",
    "Petrov",
    "Quispe",
    "Rossi",
    "Sato",
    "Torres",
    "Usman",
    "Varga",
    "Weber",
    "Xu",
    "Yılmaz",
    "Zhou",
];
const ZONES: &[&str] = &["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo", "Africa/Lagos"];
const LOCALES: &[&str] = &["en-US", "de-DE", "ja-JP", "en-GB", "pt-BR", "fr-FR"];
const DEPARTMENTS: &[(&str, &str)] = &[
    ("Engineering", "Software Engineer"),
    ("Design", "Designer"),
    ("Support", "Support Agent"),
    ("Finance", "Accountant"),
    ("Sales", "Account Manager"),
];

fn pick<T>(list: &[T], number: u64) -> Option<&T> {
    list.get(usize::try_from(number).unwrap_or_default() % list.len().max(1))
}

fn text(list: &[&str], number: u64) -> String {
    pick(list, number).copied().unwrap_or_default().to_owned()
}

/// A stream of numbers, the same in every box.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

fn account(id: &str, name: &str, email: &str, number: u64, today: i64) -> Account {
    let (department, title) = pick(DEPARTMENTS, number).copied().unwrap_or_default();
    Account {
        id: id.to_owned(),
        kind: "atlassian".to_owned(),
        name: name.to_owned(),
        nickname: name.split(' ').next().unwrap_or(name).to_lowercase(),
        email: email.to_owned(),
        email_verified: true,
        zoneinfo: Some(text(ZONES, number)),
        locale: Some(text(LOCALES, number)),
        job_title: Some(title.to_owned()),
        organization: Some("Acme".to_owned()),
        department: Some(department.to_owned()),
        location: None,
        managed: domain_of(email) == seed::DOMAIN,
        source: Source::Local,
        membership: Membership::Active,
        created: today - (400 + i64::try_from(number).unwrap_or_default() * 7) * DAY,
        mfa: !number.is_multiple_of(3),
        deactivated: None,
        deactivation_message: None,
        deleted: None,
        closed: false,
        export_blocked: false,
        seen: BTreeMap::new(),
        roles: BTreeSet::new(),
        tokens: Vec::new(),
    }
}

fn token(id: &str, label: &str, created: i64, last_access: Option<i64>, expiry: Option<i64>) -> Token {
    Token { id: id.to_owned(), label: label.to_owned(), created, last_access, expiry }
}

pub fn seed(state: &mut State, today: i64) {
    state.organization.domains = vec![
        Domain { id: seed::DOMAIN_ID.to_owned(), name: seed::DOMAIN.to_owned(), verified: true, claim: "dns".to_owned() },
        Domain {
            id: seed::UNVERIFIED_DOMAIN_ID.to_owned(),
            name: seed::UNVERIFIED_DOMAIN.to_owned(),
            verified: false,
            claim: "http".to_owned(),
        },
    ];
    state.organization.workspaces = vec![
        Workspace {
            ari: seed::JIRA.to_owned(),
            name: "acme".to_owned(),
            key: "jira-software".to_owned(),
            product: "Jira".to_owned(),
            url: "https://acme.atlassian.net".to_owned(),
            created: today - 2_500 * DAY,
        },
        Workspace {
            ari: seed::CONFLUENCE.to_owned(),
            name: "acme".to_owned(),
            key: "confluence".to_owned(),
            product: "Confluence".to_owned(),
            url: "https://acme.atlassian.net/wiki".to_owned(),
            created: today - 2_400 * DAY,
        },
        Workspace {
            ari: seed::SERVICE_MANAGEMENT.to_owned(),
            name: "acme-help".to_owned(),
            key: "jira-servicedesk".to_owned(),
            product: "Jira Service Management".to_owned(),
            url: "https://acme.atlassian.net".to_owned(),
            created: today - 900 * DAY,
        },
    ];
    people(state, today);
    teams(state);
    provider(state, today);
    rest(state, today);
    history(state, today);
}

fn people(state: &mut State, today: i64) {
    let known: &[(&str, &str, &str)] = &[
        (accounts::ORGANIZATION_ADMIN, "Olga Admin", "olga.admin@acme.example"),
        (accounts::ACTIVE, "Vera Mars", "vera.mars@acme.example"),
        (accounts::WITH_TOKENS, "Tariq Tokens", "tariq.tokens@acme.example"),
        (accounts::SCIM_MANAGED, "Sara Synced", "sara.synced@acme.example"),
        (accounts::GOOGLE_MANAGED, "Gino Google", "gino.google@acme.example"),
        (accounts::SAML_MANAGED, "Samira Saml", "samira.saml@acme.example"),
        (accounts::DEACTIVATED, "Dora Gone", "dora.gone@acme.example"),
        (accounts::DELETED, "Emil Erased", "emil.erased@acme.example"),
        (accounts::SUSPENDED, "Susan Paused", "susan.paused@acme.example"),
        (accounts::NEVER_ACTIVE, "Nils Never", "nils.never@acme.example"),
        (accounts::NOT_INVITED, "Noemi Outside", "noemi.outside@acme.example"),
        (accounts::EXPORT_BLOCKED, "Boris Blocked", "boris.blocked@acme.example"),
        (accounts::UNMANAGED, "Uwe Partner", "uwe.partner@partner.example"),
        (accounts::CUSTOMER, "Carla Customer", "carla.customer@acme.example"),
        (accounts::SERVICE_ACCOUNT, "Deploy Robot", "deploy-robot@acme.example"),
    ];
    for (number, (id, name, email)) in known.iter().enumerate() {
        state.accounts.push(account(id, name, email, number as u64, today));
    }
    let mut numbers = Numbers(7);
    for number in known.len() as u64 - 1..ACCOUNTS {
        let id = match number % 3 {
            0 => format!("5{:015x}{:08x}", mix(number) >> 4, mix(number + 1_000) >> 32),
            1 => format!("557058:{}", uuid(11, number)),
            _ => format!("712020:{}", uuid(12, number)),
        };
        let given = text(GIVEN, number);
        let family = text(FAMILY, number / 26 * 3 + number);
        let email = format!("{}.{}{number}@{}", given.to_lowercase(), ascii(&family), seed::DOMAIN);
        let mut made = account(&id, &format!("{given} {family}"), &email, number, today);
        made.nickname = format!("{}{number}", given.to_lowercase());
        // A few are gone, a few are paused, two more are robots, two more are customers.
        match number {
            _ if number % 29 == 0 => made.deactivated = Some(today - i64::try_from(numbers.below(900)).unwrap_or_default() * DAY),
            _ if number % 31 == 0 => made.membership = Membership::Suspended,
            _ if number % 37 == 0 => made.membership = Membership::None,
            _ if number % 100 == 41 => made.kind = "app".to_owned(),
            _ if number % 100 == 42 => made.kind = "customer".to_owned(),
            _ => {}
        }
        state.accounts.push(made);
    }
    for (number, account) in (0_u64..).zip(&mut state.accounts) {
        // From yesterday to six years ago, the recent ones more often.
        let days = |numbers: &mut Numbers| {
            let span = [14, 14, 60, 400, 2_200].get(usize::try_from(numbers.below(5)).unwrap_or_default()).copied().unwrap_or(14);
            i64::try_from(1 + numbers.below(span)).unwrap_or(1)
        };
        let products: &[&str] = match (account.kind.as_str(), number % 4) {
            ("customer", _) => &[seed::SERVICE_MANAGEMENT],
            (_, 0) => &[seed::JIRA, seed::CONFLUENCE, seed::SERVICE_MANAGEMENT],
            (_, 1) => &[seed::JIRA],
            _ => &[seed::JIRA, seed::CONFLUENCE],
        };
        let never = number % 23 == 0 && number > 20;
        for product in products.iter().filter(|_| !never) {
            account.seen.insert((*product).to_owned(), today - days(&mut numbers) * DAY + 36_000_000);
        }
        if number > 20 && number % 11 == 0 {
            let age = days(&mut numbers);
            account.tokens.push(token(
                &format!("tok-{number:08x}"),
                "script",
                today - (age + 30) * DAY,
                Some(today - age * DAY),
                Some(today + (335 - age) * DAY),
            ));
        }
    }
    let yesterday = today - DAY + 36_000_000;
    let mut change = |id: &str, change: &dyn Fn(&mut Account)| {
        if let Some(account) = state.account_mut(id) {
            change(account);
        }
    };
    change(accounts::ORGANIZATION_ADMIN, &|account| {
        account.roles.insert((organization_ari(), "atlassian/org-admin".to_owned()));
        account.seen = BTreeMap::from([(seed::JIRA.to_owned(), yesterday), (seed::CONFLUENCE.to_owned(), yesterday)]);
    });
    change(accounts::ACTIVE, &|account| {
        account.nickname = "marshmallow".to_owned();
        account.job_title = Some("Lead Investigator".to_owned());
        account.location = Some("Lompoc, CA".to_owned());
        account.seen = BTreeMap::from([(seed::JIRA.to_owned(), yesterday), (seed::CONFLUENCE.to_owned(), today - 9 * DAY)]);
    });
    change(accounts::WITH_TOKENS, &|account| {
        account.tokens = vec![
            token(tokens::FRESH, "nightly export", today - 180 * DAY, Some(yesterday), Some(today + 185 * DAY)),
            token(tokens::UNUSED, "first try", today - 90 * DAY, None, Some(today + 275 * DAY)),
            token(tokens::EXPIRING, "dashboard", today - 360 * DAY, Some(today - 2 * DAY), Some(today + 5 * DAY)),
            token(tokens::STALE, "old laptop", today - 1_200 * DAY, Some(today - 730 * DAY), None),
            token(tokens::EXPIRED, "conference demo", today - 400 * DAY, Some(today - 50 * DAY), Some(today - 35 * DAY)),
        ];
    });
    change(accounts::SCIM_MANAGED, &|account| account.source = Source::Scim);
    change(accounts::GOOGLE_MANAGED, &|account| account.source = Source::Google);
    change(accounts::SAML_MANAGED, &|account| account.source = Source::Saml);
    change(accounts::DEACTIVATED, &|account| {
        account.deactivated = Some(today - 200 * DAY);
        account.deactivation_message = Some("Left the company".to_owned());
        account.seen = BTreeMap::from([(seed::JIRA.to_owned(), today - 210 * DAY)]);
    });
    change(accounts::DELETED, &|account| account.deleted = Some(system_now() - 3 * DAY));
    change(accounts::SUSPENDED, &|account| account.membership = Membership::Suspended);
    change(accounts::NEVER_ACTIVE, &|account| account.seen.clear());
    change(accounts::NOT_INVITED, &|account| {
        account.membership = Membership::None;
        account.seen.clear();
    });
    change(accounts::EXPORT_BLOCKED, &|account| {
        account.export_blocked = true;
        account.deactivated = Some(today - 40 * DAY);
    });
    change(accounts::CUSTOMER, &|account| {
        account.kind = "customer".to_owned();
        account.membership = Membership::None;
    });
    change(accounts::SERVICE_ACCOUNT, &|account| account.kind = "app".to_owned());
}

fn ascii(text: &str) -> String {
    let plain = |letter: char| match letter {
        'ü' => Some('u'),
        'í' => Some('i'),
        'ı' => Some('i'),
        _ => letter.is_ascii_alphanumeric().then_some(letter.to_ascii_lowercase()),
    };
    text.chars().filter_map(plain).collect()
}

fn teams(state: &mut State) {
    let role = |resource: &str, role: &str| (resource.to_owned(), format!("atlassian/{role}"));
    let organization = organization_ari();
    let id = |number: u8| format!("6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a{number:02x}");
    let mut add = |number: u8, name: &str, description: &str, default: bool, synced: bool, roles: Vec<(String, String)>| {
        state.groups.push(Group {
            id: id(number),
            name: name.to_owned(),
            description: description.to_owned(),
            members: BTreeSet::new(),
            synced,
            default,
            roles: roles.into_iter().collect(),
        });
    };
    add(0x01, "org-admins", "Administers the organization.", false, false, vec![role(&organization, "org-admin")]);
    add(
        0x02,
        "site-admins",
        "Administers the site.",
        false,
        false,
        vec![role(seed::JIRA, "site-admin"), role(seed::CONFLUENCE, "site-admin")],
    );
    add(0x03, "jira-users-acme", "Everyone with Jira.", true, false, vec![role(seed::JIRA, "user")]);
    add(0x04, "confluence-users-acme", "Everyone with Confluence.", true, false, vec![role(seed::CONFLUENCE, "user")]);
    add(0x05, "jsm-agents-acme", "Agents of the help desk.", true, false, vec![role(seed::SERVICE_MANAGEMENT, "user")]);
    add(0x06, "jira-admins-acme", "Administers Jira.", false, false, vec![role(seed::JIRA, "admin")]);
    add(0x07, "engineering", "Engineers.", false, false, Vec::new());
    add(0x08, "design", "Designers.", false, false, Vec::new());
    add(0x09, "contractors", "Contractors, Jira only.", false, false, vec![role(seed::JIRA, "user")]);
    add(0x0a, "nobody", "", false, false, Vec::new());
    add(0x0b, "okta-engineering", "Comes from the identity provider.", false, true, vec![role(seed::CONFLUENCE, "user")]);
    add(0x0c, "okta-contractors", "Comes from the identity provider.", false, true, Vec::new());

    let members: Vec<(String, u64, bool, Vec<String>)> = (0_u64..)
        .zip(&state.accounts)
        .filter(|(_, account)| account.membership != Membership::None && account.kind != "customer")
        .map(|(number, account)| {
            (account.id.clone(), number, account.department.as_deref() == Some("Engineering"), account.seen.keys().cloned().collect())
        })
        .collect();
    for (account, number, engineer, seen) in members {
        let mut join = |number: u8, yes: bool| {
            if let Some(group) = state.group_mut(&id(number)).filter(|_| yes) {
                group.members.insert(account.clone());
            }
        };
        join(0x01, number == 0 || number == 40);
        join(0x02, number % 90 == 0);
        join(0x03, seen.iter().any(|product| product == seed::JIRA) || number < 15);
        join(0x04, seen.iter().any(|product| product == seed::CONFLUENCE) || number < 15);
        join(0x05, seen.iter().any(|product| product == seed::SERVICE_MANAGEMENT));
        join(0x06, number % 60 == 1);
        join(0x07, engineer);
        join(0x08, number % 5 == 1);
        join(0x09, number % 17 == 3);
    }
}

fn provider(state: &mut State, today: i64) {
    let mut chosen: Vec<String> = vec![accounts::SCIM_MANAGED.to_owned()];
    chosen.extend(
        (20_usize..)
            .step_by(9)
            .take(24)
            .filter_map(|place| state.accounts.get(place))
            .filter(|account| account.kind == "atlassian")
            .map(|account| account.id.clone()),
    );
    for (number, id) in (0_u64..).zip(chosen) {
        let Some(account) = state.account_mut(&id) else { continue };
        account.source = Source::Scim;
        let (given, family) = account.name.split_once(' ').unwrap_or((&account.name, ""));
        let data: Map<String, Value> = match json!({
            "userName": account.email,
            "externalId": format!("okta-{number:04}"),
            "name": {"formatted": account.name, "givenName": given, "familyName": family},
            "displayName": account.name,
            "nickName": account.nickname,
            "title": account.job_title,
            "department": account.department,
            "organization": account.organization,
            "preferredLanguage": account.locale,
            "timezone": account.zoneinfo,
            "emails": [{"value": account.email, "type": "work", "primary": true}],
            "phoneNumbers": [{"value": format!("+1 555 {number:04}"), "type": "work", "primary": true}],
        }) {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        let active = account.deactivated.is_none();
        let scim_id = if number == 0 { scim::USER.to_owned() } else { uuid(21, number) };
        let created = today - (300 - i64::try_from(number).unwrap_or_default()) * DAY + 1_234;
        state.organization.scim_users.push(ScimUser { id: scim_id, account: Some(id), data, active, created, modified: created + DAY });
    }
    let members: Vec<(String, Option<String>)> =
        state.organization.scim_users.iter().map(|user| (user.id.clone(), user.account.clone())).collect();
    let half = members.len() / 2;
    for (id, name, group, members) in [
        (scim::GROUP.to_owned(), "okta-engineering", groups::SYNCED, members.get(..half)),
        (uuid(22, 2), "okta-contractors", "6f0a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a0c", members.get(half..)),
    ] {
        let members = members.unwrap_or_default();
        if let Some(group) = state.group_mut(group) {
            group.members.extend(members.iter().filter_map(|(_, account)| account.clone()));
        }
        state.organization.scim_groups.push(ScimGroup {
            id,
            external_id: Some(format!("okta-group-{name}")),
            name: name.to_owned(),
            members: members.iter().map(|(user, _)| user.clone()).collect(),
            group: Some(group.to_owned()),
            created: today - 300 * DAY,
            modified: today - 20 * DAY,
        });
    }
}

fn rest(state: &mut State, today: i64) {
    let policy = |id: u64, kind: &str, name: &str, rule: Value, resources: Vec<Value>| Policy {
        id: uuid(31, id),
        kind: kind.to_owned(),
        name: name.to_owned(),
        status: "enabled".to_owned(),
        rule,
        resources,
        created: today - 100 * DAY,
        updated: today - 50 * DAY,
        more: Map::new(),
    };
    state.organization.policies = vec![
        policy(
            1,
            "ip-allowlist",
            "Offices",
            json!({"in": ["203.0.113.0/24", "198.51.100.17"]}),
            vec![json!({"id": seed::JIRA, "applicationStatus": "applied"})],
        ),
        policy(2, "ip-allowlist", "VPN", json!({"in": ["192.0.2.0/24"]}), Vec::new()),
        policy(3, "data-residency", "Europe", json!({"in": ["eu"]}), vec![json!({"id": seed::CONFLUENCE, "applicationStatus": "applied"})]),
        policy(4, "data-security", "No export", Value::Null, vec![json!({"id": seed::CONFLUENCE, "applicationStatus": "applied"})]),
        policy(5, "authentication-policy", "Two-step verification", Value::Null, Vec::new()),
    ];
    let key = |id: u64, name: &str, scoped: bool, age: i64, used: Option<i64>| ApiKey {
        id: uuid(41, id),
        name: name.to_owned(),
        scoped,
        created: today - age * DAY,
        expires: today + (365 - age) * DAY,
        last_active: used.map(|days| today - days * DAY),
        revoked: false,
    };
    state.organization.keys = vec![
        key(1, "sandbox", false, 10, Some(0)),
        key(2, "sandbox with scopes", true, 10, Some(0)),
        key(3, "offboarding", false, 200, Some(1)),
        key(4, "unused", true, 350, None),
    ];
    let robots: Vec<String> = state.accounts.iter().filter(|account| account.kind == "app").map(|account| account.id.clone()).collect();
    for (number, account) in (1_u64..).zip(robots) {
        state.organization.service_accounts.push(ServiceAccount {
            id: uuid(42, number),
            account,
            description: "Runs by itself.".to_owned(),
            updated: today - 30 * DAY,
        });
    }
    let first = state.organization.service_accounts.first().map(|robot| robot.id.clone());
    state.organization.oauth_clients = vec![
        OauthClient {
            id: "sandbox-client-1".to_owned(),
            name: "Deployment".to_owned(),
            service_account: first,
            created: today - 60 * DAY,
            updated: today - 60 * DAY,
        },
        OauthClient {
            id: "sandbox-client-2".to_owned(),
            name: "Reporting".to_owned(),
            service_account: None,
            created: today - 20 * DAY,
            updated: today - 2 * DAY,
        },
    ];
    if let Some(robot) = state.account_mut(accounts::SERVICE_ACCOUNT) {
        robot.tokens = vec![
            token("tok-robot-1", "pipeline", today - 30 * DAY, Some(today - DAY), Some(today + 300 * DAY)),
            token("tok-robot-2", "spare", today - 30 * DAY, None, Some(today + 300 * DAY)),
        ];
    }
    for (number, (name, status)) in
        [("Public", "PUBLISHED"), ("Internal", "PUBLISHED"), ("Confidential", "DRAFT"), ("Legacy", "ARCHIVED")].into_iter().enumerate()
    {
        let data = json!({"name": name, "description": format!("{name} information."), "color": "BLUE_BOLD", "definition": name, "guideline": "", "rank": number});
        state.organization.levels.push(Level {
            id: uuid(51, number as u64),
            data: data.as_object().cloned().unwrap_or_default(),
            status: status.to_owned(),
        });
    }
    state.organization.access_settings = vec![
        json!({"domain": "ANYONE", "enabled": false, "adminNotifications": true, "products": []}),
        json!({"domain": seed::DOMAIN, "enabled": true, "adminNotifications": true, "products": [{"productId": seed::JIRA, "role": "atlassian/user", "adminApprovalRequired": false}]}),
    ];
}

fn history(state: &mut State, today: i64) {
    let actions = ["user_login", "user_added_to_group", "user_removed_from_group", "policy_updated", "api_token_created"];
    let people: Vec<String> = state.accounts.iter().take(40).map(|account| account.id.clone()).collect();
    for number in 0_u64..240 {
        let age = i64::try_from(240 - number).unwrap_or_default();
        let actor = pick(&people, number).cloned().unwrap_or_default();
        let whom = pick(&people, number * 7 + 3).cloned().unwrap_or_default();
        let context = vec![state.mention(&whom)];
        let action = pick(&actions, number).copied().unwrap_or_default();
        state.record_at(today - age * 6 * 3_600_000, action, &actor, context, usize::try_from(number % 3).unwrap_or_default());
    }
}
