//! The objects of a fresh box. Ids, names and values never change; times are counted back from today.

use std::collections::BTreeMap;

use super::super::clock::{self, DAY};
use super::super::seed::accounts::{ACTIVE, ORGANIZATION_ADMIN};
use super::super::seed::assets::IMPORT_SOURCE_ID;
use super::super::store::State;
use super::objects::add;
use super::schemas::{add_attribute, add_type};
use super::store::{ImportSource, ReferenceType, Schema, Status};

const CITIES: [(&str, &str); 6] = [
    ("Berlin", "Germany"),
    ("Lisbon", "Portugal"),
    ("New York", "USA"),
    ("Osaka", "Japan"),
    ("Sydney", "Australia"),
    ("Toronto", "Canada"),
];
const SYSTEMS: [&str; 4] = ["Ubuntu 24.04", "Debian 12", "Windows 11", "macOS 15"];
const APPLICATIONS: [&str; 18] = [
    "Billing",
    "Website",
    "Shop",
    "Search",
    "Mail",
    "Wiki",
    "Payroll",
    "CRM",
    "Monitoring",
    "Backup",
    "Reports",
    "Directory",
    "Chat",
    "Print server",
    "Proxy",
    "Build server",
    "Warehouse",
    "Newsletter",
];

/// What an attribute is, besides a text.
enum Kind {
    Default(i64),
    Select(&'static str),
    Objects(u64, u64, i64),
    User,
    Group,
    Status,
}

fn attribute(state: &mut State, object_type: u64, name: &str, kind: &Kind) -> u64 {
    let id = add_attribute(state, object_type, name);
    if let Some(made) = state.assets.attributes.get_mut(&id) {
        match kind {
            Kind::Default(default) => made.default_type = *default,
            Kind::Select(options) => {
                made.default_type = 10;
                (*options).clone_into(&mut made.options);
            }
            Kind::Objects(target, reference, most) => {
                (made.kind, made.target, made.additional) = (1, Some(*target), Some(reference.to_string()));
                (made.maximum, made.include_children) = (*most, true);
            }
            Kind::User => made.kind = 2,
            Kind::Group => made.kind = 4,
            Kind::Status => made.kind = 7,
        }
    }
    id
}

pub fn seed(state: &mut State, today: i64) {
    let born = today - 300 * DAY;
    let schema = state.assets.next("schema");
    let made = Schema {
        id: schema,
        name: "IT assets".to_owned(),
        key: "ITA".to_owned(),
        description: "What Acme works with".to_owned(),
        created: born,
        updated: born,
        cross_references: false,
    };
    state.assets.schemas.insert(schema, made);
    for (name, category) in [("In use", 1), ("In stock", 2), ("Retired", 0)] {
        let id = state.assets.next("status");
        state.assets.statuses.insert(id, Status { id, name: name.to_owned(), description: String::new(), category, schema: None });
    }
    for (name, color) in [("Depends", "#DE350B"), ("Installed", "#0052CC"), ("Link", "#6554C0"), ("Reference", "#00875A")] {
        let id = state.assets.next("reference type");
        state
            .assets
            .reference_types
            .insert(id, ReferenceType { id, name: name.to_owned(), description: String::new(), color: color.to_owned(), schema: None });
    }
    let source = ImportSource {
        id: IMPORT_SOURCE_ID.to_owned(),
        schema,
        name: "Network scan".to_owned(),
        created: born,
        updated: born,
        mapping: None,
        token_made: false,
        runs: Vec::new(),
        schedules: BTreeMap::new(),
    };
    state.assets.imports.insert(source.id.clone(), source);
    objects(state, schema, born, today);
}

fn objects(state: &mut State, schema: u64, born: i64, today: i64) {
    let location = add_type(state, schema, "Location", None, 6, born);
    let person = add_type(state, schema, "Person", None, 5, born);
    let host = add_type(state, schema, "Host", None, 1, born);
    if let Some(kind) = state.assets.types.get_mut(&host) {
        kind.inherited = true;
    }
    let server = add_type(state, schema, "Server", Some(host), 2, born);
    let laptop = add_type(state, schema, "Laptop", Some(host), 3, born);
    let application = add_type(state, schema, "Application", None, 4, born);
    let mut make = |object_type: u64, name: &str, kind: Kind| attribute(state, object_type, name, &kind);
    let country = make(location, "Country", Kind::Default(0));
    let (account, office, email) = (
        make(person, "Account", Kind::User),
        make(person, "Office", Kind::Objects(location, 4, 1)),
        make(person, "Email", Kind::Default(8)),
    );
    let (owner, site, system, status) = (
        make(host, "Owner", Kind::Objects(person, 4, 1)),
        make(host, "Location", Kind::Objects(location, 4, 1)),
        make(host, "Operating System", Kind::Default(0)),
        make(host, "Status", Kind::Status),
    );
    let (bought, memory) = (make(host, "Bought", Kind::Default(4)), make(host, "Memory", Kind::Default(1)));
    let (address, serial) = (make(server, "IP address", Kind::Default(11)), make(laptop, "Serial number", Kind::Default(0)));
    let (runs, needs, tier, team, price) = (
        make(application, "Runs on", Kind::Objects(host, 2, -1)),
        make(application, "Depends on", Kind::Objects(application, 1, -1)),
        make(application, "Tier", Kind::Select("Gold, Silver, Bronze")),
        make(application, "Team", Kind::Group),
        make(application, "Monthly cost", Kind::Default(3)),
    );
    if let Some(attribute) = state.assets.attributes.get_mut(&serial) {
        attribute.unique = true;
    }
    let name = |state: &State, object_type: u64| {
        state.assets.attributes_of(object_type).iter().find(|attribute| attribute.label).map_or(0, |attribute| attribute.id)
    };
    let put = |state: &mut State, object_type: u64, label: &str, values: Vec<(u64, String)>, place: usize| {
        let label = (name(state, object_type), label.to_owned());
        let values =
            [label].into_iter().chain(values).filter(|(_, value)| !value.is_empty()).map(|(id, value)| (id, vec![value])).collect();
        add(state, object_type, values, ORGANIZATION_ADMIN, today - (200 - i64::try_from(place).unwrap_or_default() * 2) * DAY)
    };
    let day = |place: usize| clock::date(today - i64::try_from(place * 40 + 30).unwrap_or_default() * DAY);
    let at = |ids: &[u64], place: usize| ids.get(place % ids.len().max(1)).map(u64::to_string).unwrap_or_default();

    let locations: Vec<u64> = CITIES
        .iter()
        .enumerate()
        .map(|(place, (city, land))| put(state, location, city, vec![(country, (*land).to_owned())], place))
        .collect();
    let accounts: Vec<(String, String, String)> = {
        let first = [ORGANIZATION_ADMIN, ACTIVE];
        let others = state.accounts.iter().filter(|account| account.kind == "atlassian" && account.managed && account.status() == "active");
        let others = others.map(|account| account.id.as_str()).filter(|id| !first.contains(id));
        let ids: Vec<&str> = first.into_iter().chain(others).take(20).collect();
        ids.iter()
            .filter_map(|id| state.account(id))
            .map(|account| (account.id.clone(), account.name.clone(), account.email.clone()))
            .collect()
    };
    let people: Vec<u64> = (accounts.iter().enumerate())
        .map(|(place, (id, name, mail))| {
            // Every fifth works from home.
            let place_of = if place % 5 == 4 { String::new() } else { at(&locations, place) };
            put(state, person, name, vec![(account, id.clone()), (office, place_of), (email, mail.clone())], place)
        })
        .collect();
    let common = |place: usize, systems: std::ops::Range<usize>, memories: [u64; 4]| {
        let system_of = SYSTEMS.get(systems).and_then(|systems| systems.get(place % systems.len())).copied().unwrap_or_default();
        vec![
            (owner, if place % 7 == 6 { String::new() } else { at(&people, place * 3) }),
            (site, at(&locations, place)),
            (system, system_of.to_owned()),
            (status, (place % 3 + 1).to_string()),
            (bought, day(place)),
            (memory, memories.get(place % 4).map(u64::to_string).unwrap_or_default()),
        ]
    };
    let mut hosts = Vec::new();
    for place in 0..4 {
        hosts.push(put(state, host, &format!("printer-{}", place + 1), common(place, 1..2, [1, 1, 2, 2]), place + 20));
    }
    for place in 0..16 {
        let mut values = common(place, 0..2, [16, 32, 64, 128]);
        values.push((address, format!("10.0.{}.{}", place / 8, place % 8 + 10)));
        let role = ["web", "db", "app", "mail"].get(place % 4).copied().unwrap_or_default();
        hosts.push(put(state, server, &format!("{role}-{:02}", place / 4 + 1), values, place + 30));
    }
    for place in 0..16 {
        let mut values = common(place, 2..4, [8, 16, 16, 32]);
        values.push((serial, format!("SN-{:04}", 4_711 + place * 13)));
        put(state, laptop, &format!("laptop-{:02}", place + 1), values, place + 50);
    }
    let teams: Vec<String> = state.groups.iter().map(|group| group.name.clone()).take(4).collect();
    let mut applications: Vec<u64> = Vec::new();
    for (place, label) in APPLICATIONS.iter().enumerate() {
        let values = vec![
            (runs, at(hosts.get(4..).unwrap_or_default(), place)),
            (needs, if place < 6 { String::new() } else { at(&applications, place / 2) }),
            (tier, ["Gold", "Silver", "Bronze"].get(place % 3).copied().unwrap_or_default().to_owned()),
            (team, teams.get(place % 4).cloned().unwrap_or_default()),
            (price, format!("{}.5", place * 25 + 10)),
        ];
        let id = put(state, application, label, values, place + 70);
        // Large ones run on two hosts.
        if let Some(values) = state.assets.objects.get_mut(&id).and_then(|object| object.values.get_mut(&runs)).filter(|_| place % 4 == 0) {
            values.push(at(hosts.get(4..).unwrap_or_default(), place + 8));
        }
        applications.push(id);
    }
}
