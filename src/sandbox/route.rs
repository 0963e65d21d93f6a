//! From method and path to the catalog's operation. Literal segments beat placeholders.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use percent_encoding::percent_decode_str;

use super::call::Handler;
use super::{agile, assets, bitbucket, confluence, jira, service_management};
use crate::catalog::{self, Operation, Place, Product, Service, Style};

/// By which of Atlassian's hosts a request came; the box has one address for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    Site,
    /// `/ex/{product}/{cloudId}` on the gateway, in front of the site's path.
    Gateway(&'static str),
    /// Paths that live on the gateway's host and name the site themselves, or need none.
    Host,
}

impl Address {
    /// Splits off what stands in front of a site's path. None: no such site is behind the gateway.
    pub fn of(path: &str) -> Option<(Address, &str)> {
        let Some(rest) = path.strip_prefix("/ex/") else { return Some((Address::Site, path)) };
        let (product, rest) = rest.split_once('/')?;
        let (site, _) = rest.split_once('/')?;
        let product = ["jira", "confluence"].into_iter().find(|known| *known == product)?;
        (site == super::seed::CLOUD_ID).then(|| (Address::Gateway(product), rest.get(site.len()..).unwrap_or_default()))
    }

    /// The address at which this operation came; None: it is not to be found there.
    pub fn at(self, route: &Route) -> Option<Address> {
        let names_site = route.operation.path.contains("{cloudId}");
        match (self, &route.product.gateway, &route.service.base_url) {
            (Address::Gateway(product), Some(way), _) => {
                let behind =
                    way.path.starts_with(&format!("/ex/{product}/")) && !names_site && !route.operation.path.starts_with("/gateway/");
                behind.then_some(self)
            }
            (Address::Gateway(_), None, _) => None,
            (_, _, Some(_)) => Some(Address::Host),
            _ => Some(self),
        }
    }
}

/// Names of Git's refs have slashes, and Bitbucket takes them as they are beside encoded ones; its own links have them so.
const NAMES_OF_REFS: [&str; 3] =
    ["/2.0/repositories/{}/{}/refs/branches/{}", "/2.0/repositories/{}/{}/refs/tags/{}", "/2.0/repositories/{}/{}/commits/{}"];

/// One operation as the sandbox serves it.
#[derive(Debug, Clone)]
pub struct Route {
    pub product: &'static Product,
    pub service: &'static Service,
    pub operation: &'static Operation,
    /// "GET /admin/v1/orgs/{}/users": what handlers are looked up by.
    pub key: String,
    /// None: the operation is not simulated.
    pub handler: Option<Handler>,
}

impl Route {
    pub fn name(&self) -> String {
        self.operation.full_name(self.product, self.service)
    }

    pub fn credential(&self) -> &'static str {
        self.product.credentials.get(usize::from(self.service.credential)).map_or("", |credential| credential.name.as_str())
    }
}

#[derive(Debug, Default)]
struct Node {
    literal: HashMap<String, Node>,
    /// Segments such as "{id}.png", by the text around their placeholders; tried after the literal ones.
    mixed: Vec<(Vec<String>, Node)>,
    any: Option<Box<Node>>,
    /// What takes all segments that are left, by method and whether a slash ends the path.
    rest: BTreeMap<(String, bool), Route>,
    methods: BTreeMap<String, Route>,
}

#[derive(Debug)]
pub enum Found {
    Route(&'static Route, Vec<String>),
    /// The path is known, the method is not; these are.
    Method(Vec<String>),
    Nothing,
}

pub fn find(method: &str, path: &str) -> Found {
    let Some(segments) = decode(path) else { return Found::Nothing };
    let mut allowed = Vec::new();
    let mut arguments = Vec::new();
    match tree().search(&segments, method, &mut arguments, &mut allowed) {
        Some(route) => Found::Route(route, arguments),
        None if allowed.is_empty() => Found::Nothing,
        None => Found::Method(allowed),
    }
}

/// Splits first and decodes then, so that an encoded slash stays inside its segment.
fn decode(path: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix('/')?;
    rest.split('/').map(|segment| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned())).collect()
}

/// The handler that keeps the data of an operation; Admin's are found by its own room.
fn handler(handlers: &HashMap<&str, Handler>, key: &str) -> Option<Handler> {
    // Both versions of Jira have the same handlers; where they differ, the call tells.
    handlers.get(key.replace("/rest/api/2/", "/rest/api/3/").as_str()).copied()
}

/// Names of the operations that work on the box's own data; the others answer from their models.
pub fn simulated() -> Vec<String> {
    let handlers = handlers();
    let mut names = Vec::new();
    for product in catalog::names().filter_map(catalog::product) {
        for service in &product.services {
            for operation in &service.operations {
                let key = format!("{} {}", operation.method, anonymous(&operation.path));
                if product.name == "admin" || handler(&handlers, &key).is_some() {
                    names.push(operation.full_name(product, service));
                }
            }
        }
    }
    names
}

fn handlers() -> HashMap<&'static str, Handler> {
    let rooms =
        [jira::HANDLERS, agile::HANDLERS, service_management::HANDLERS, assets::HANDLERS, confluence::HANDLERS, bitbucket::HANDLERS];
    rooms.into_iter().flatten().copied().collect()
}

fn tree() -> &'static Node {
    static TREE: OnceLock<Node> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut root = Node::default();
        let handlers = handlers();
        for product in catalog::names().filter_map(catalog::product) {
            for service in &product.services {
                for operation in &service.operations {
                    let key = format!("{} {}", operation.method, anonymous(&operation.path));
                    let handler = handler(&handlers, &key);
                    root.add(Route { product, service, operation, key, handler });
                }
            }
        }
        root
    })
}

/// "/orgs/{orgId}/users" → "/orgs/{}/users"
fn anonymous(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '{' => {
                inside = true;
                text.push('{');
            }
            '}' => {
                inside = false;
                text.push('}');
            }
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text
}

/// What stands in the place of the placeholders, if the text around them fits.
fn between<'a>(around: &[String], segment: &'a str) -> Option<Vec<&'a str>> {
    let (first, others) = around.split_first()?;
    let (last, inner) = others.split_last()?;
    let mut rest = segment.strip_prefix(first.as_str())?.strip_suffix(last.as_str())?;
    let mut found = Vec::new();
    for text in inner {
        let (argument, after) = rest.split_once(text.as_str())?;
        found.push(argument);
        rest = after;
    }
    found.push(rest);
    found.iter().all(|argument| !argument.is_empty()).then_some(found)
}

impl Node {
    fn add(&mut self, route: Route) {
        let path = route.key.split_once(' ').map_or("", |(_, path)| path).to_owned();
        let mut node = self;
        let slashes = NAMES_OF_REFS.contains(&path.as_str())
            || route.operation.params.iter().any(|param| param.style == Style::Slashes && param.place == Place::Path);
        let ending = path.ends_with('/');
        // Only the last placeholder takes slashes; what stands before it is a segment like any other.
        let bare = path.trim_end_matches('/');
        let path = if slashes { bare.strip_suffix("/{}").unwrap_or(bare).to_owned() } else { path };
        for segment in path.split('/').skip(1) {
            let around: Vec<String> = segment.split("{}").map(str::to_owned).collect();
            node = match around.as_slice() {
                [_] => node.literal.entry(segment.to_owned()).or_default(),
                [before, after] if before.is_empty() && after.is_empty() => &mut **node.any.get_or_insert_default(),
                _ => {
                    let position = node.mixed.iter().position(|(known, _)| *known == around).unwrap_or_else(|| {
                        node.mixed.push((around, Node::default()));
                        node.mixed.len() - 1
                    });
                    match node.mixed.get_mut(position) {
                        Some((_, next)) => next,
                        None => return,
                    }
                }
            };
        }
        let method = route.operation.method.clone();
        if slashes {
            node.rest.entry((method, ending)).or_insert(route);
        } else {
            node.methods.entry(method).or_insert(route);
        }
    }

    fn search<'a>(
        &'a self,
        segments: &[String],
        method: &str,
        arguments: &mut Vec<String>,
        allowed: &mut Vec<String>,
    ) -> Option<&'a Route> {
        let Some((segment, rest)) = segments.split_first() else {
            let found = self.methods.get(method);
            if found.is_none() {
                allowed.extend(self.methods.keys().cloned());
            }
            return found;
        };
        if let Some(route) = self.literal.get(segment).and_then(|node| node.search(rest, method, arguments, allowed)) {
            return Some(route);
        }
        let mixed = self.mixed.iter().filter_map(|(around, node)| Some((between(around, segment)?, node)));
        let any = self.any.as_deref().filter(|_| !segment.is_empty()).map(|node| (vec![segment.as_str()], node));
        for (found, node) in mixed.chain(any) {
            let before = arguments.len();
            arguments.extend(found.into_iter().map(str::to_owned));
            if let Some(route) = node.search(rest, method, arguments, allowed) {
                return Some(route);
            }
            arguments.truncate(before);
        }
        let (ending, kept) = match segments.split_last() {
            Some((last, before)) if last.is_empty() => (true, before),
            _ => (false, segments),
        };
        let Some(route) = self.rest.get(&(method.to_owned(), ending)) else {
            allowed.extend(self.rest.keys().filter(|(_, slash)| *slash == ending).map(|(method, _)| method.clone()));
            return None;
        };
        arguments.push(kept.join("/"));
        Some(route)
    }
}
