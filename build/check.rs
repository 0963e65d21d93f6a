//! From what people wrote to what the engine reads, refusing everything that is not sound.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::source::{
    BodyEntry, LongParam, MarkEntry, ModelEntry, OperationEntry, PagingEntry, ServiceFile, ServiceHead, SettingEntry, SourceProduct,
    TaskEntry, VersionEntry,
};
use crate::types::*;

/// Whether a parameter holds ids: by what the server calls it, for its documents have no type for them.
fn is_id(key: &str, ty: &Type) -> bool {
    let plain = |ty: &Type| matches!(ty, Type::Str | Type::Int);
    let fits = plain(ty) || matches!(ty, Type::List(item) if plain(item));
    let ends = ["Id", "Ids", "-id", "-ids", "_id", "_ids", "IdOrKey", "IdsOrKeys", "KeyOrId"].iter().any(|end| key.ends_with(end));
    fits && (ends || key == "id" || key == "ids")
}

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
    "while", "with", "yield",
];

/// Methods of `Model`: a field of this name would hide one.
const MODEL_METHODS: &[&str] = &["get", "to_dict", "to_json", "detach"];

/// Keywords that every method has.
const CALL_KEYWORDS: &[&str] = &["extra_query", "extra_headers", "extra_body"];
const PAGING_KEYWORDS: &[&str] = &["page_size", "limit", "cursor", "partitions"];

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

pub fn product(source: Option<SourceProduct>, problems: &mut Vec<String>) -> Option<(Product, ProductProse)> {
    let source = source?;
    let mut checker = Checker::new(&source, problems);
    let (models, model_prose) = checker.models(&source);
    // What counts is what operations name; from there the fields lead on.
    checker.reached.clear();
    let mut services = Vec::new();
    let mut service_prose = Vec::new();
    for (file, service) in &source.services {
        if let Some(head) = &service.service {
            let (facts, prose) = checker.service(file, head, service, &models);
            services.push(facts);
            service_prose.push(prose);
        } else if !service.operation.0.is_empty() {
            checker.problem(file, "service", "operations need a [service]");
        }
    }
    for (name, version) in &source.head.version.0 {
        checker.version(&source, name, version, &mut services, &mut service_prose);
    }
    checker.groups(&source, &mut services, &mut service_prose);
    checker.unreached(&source, &models);
    checker.tasks(&source, &services, &models);
    let head = source.head.product;
    let facts = Product {
        name: head.name,
        client: head.client,
        base_url: head.base_url,
        compact_offsets: head.compact_offsets,
        rich_text: head.rich_text.into_iter().collect(),
        site: source.head.site.map(setting),
        gateway: source.head.gateway.map(|g| Gateway {
            base_url: g.base_url,
            path: g.path,
            resources: g.resources.trim_start_matches("GET ").to_owned(),
        }),
        oauth: source.head.oauth.map(|o| OAuth { token_url: o.token_url, client_authentication: o.client_authentication }),
        credentials: (source.head.credential.0.into_iter())
            .map(|(name, c)| Credential {
                name,
                argument: c.argument,
                env: c.env,
                scheme: c.scheme,
                user: c.user.map(setting),
                noun: c.noun,
                obtain: c.obtain,
            })
            .collect(),
        contexts: (source.head.context.0.into_iter())
            .map(|(path, c)| Context {
                path,
                argument: c.argument,
                env: c.env,
                noun: c.noun,
                obtain: c.obtain,
                lookup: c.lookup.map(|l| Lookup { path: l.http.trim_start_matches("GET ").to_owned(), at: l.at }),
            })
            .collect(),
        services,
        models,
        tasks: source.head.task.0.into_iter().map(|(model, entry)| task(model, entry)).collect(),
    };
    let prose = ProductProse { title: head.title, summary: head.summary, docs: head.docs, services: service_prose, models: model_prose };
    Some((facts, prose))
}

fn task(model: String, entry: TaskEntry) -> Task {
    let mark = |entry: MarkEntry| Mark { key: entry.key, values: entry.values };
    Task {
        model,
        id: entry.id,
        status: entry.status,
        cancel: entry.cancel,
        ended: mark(entry.ended),
        succeeded: mark(entry.succeeded),
        progress: entry.progress,
        message: entry.message,
        result: entry.result,
    }
}

fn setting(entry: SettingEntry) -> Setting {
    Setting { argument: entry.argument, env: entry.env }
}

/// Every successor names an operation that exists.
pub fn successors(products: &[(Product, ProductProse)], problems: &mut Vec<String>) {
    let names: HashSet<String> = (products.iter())
        .flat_map(|(p, _)| {
            p.services.iter().flat_map(move |s| s.operations.iter().map(move |o| format!("{}.{}.{}", p.name, s.path, o.name)))
        })
        .collect();
    for (product, _) in products {
        for service in &product.services {
            for operation in &service.operations {
                let Some(deprecated) = &operation.deprecated else { continue };
                if !deprecated.successor.is_empty() && !names.contains(&deprecated.successor) {
                    problems.push(format!(
                        "catalog/{}: {}.{}: successor {:?} is no operation",
                        product.name, service.path, operation.name, deprecated.successor
                    ));
                }
            }
        }
    }
}

struct Checker<'a> {
    problems: &'a mut Vec<String>,
    model_index: HashMap<String, u32>,
    reached: BTreeSet<u32>,
    credentials: Vec<String>,
    contexts: Vec<String>,
    path_docs: BTreeMap<String, String>,
    param_docs: BTreeMap<String, String>,
    services: HashMap<String, String>,
    operations: HashMap<String, String>,
    routes: HashMap<String, String>,
    paths_described: BTreeSet<String>,
    params_described: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    fn new(source: &SourceProduct, problems: &'a mut Vec<String>) -> Self {
        let mut model_index = HashMap::new();
        for (file, service) in &source.services {
            for (name, _) in &service.model.0 {
                let index = model_index.len() as u32;
                if model_index.insert(name.clone(), index).is_some() {
                    problems.push(format!("{file}: model.{name}: a model of this name exists already"));
                }
            }
        }
        let credentials: Vec<String> = source.head.credential.0.iter().map(|(name, _)| name.clone()).collect();
        if credentials.is_empty() {
            problems.push(format!("{}: credential: a product needs at least one", source.file));
        }
        if let Some(gateway) = &source.head.gateway {
            let named = |(context, _): &(String, _)| gateway.path.ends_with(&format!("/{{{context}}}"));
            if !source.head.context.0.iter().any(named) {
                problems.push(format!("{}: gateway.path: must end with a context in braces", source.file));
            }
        }
        Checker {
            problems,
            model_index,
            reached: BTreeSet::new(),
            credentials,
            contexts: source.head.context.0.iter().map(|(path, _)| path.clone()).collect(),
            path_docs: source.head.path.clone(),
            param_docs: source.head.param.clone(),
            services: HashMap::new(),
            operations: HashMap::new(),
            routes: HashMap::new(),
            paths_described: BTreeSet::new(),
            params_described: BTreeSet::new(),
        }
    }

    fn problem(&mut self, file: &str, key: &str, reason: impl std::fmt::Display) {
        self.problems.push(format!("{file}: {key}: {reason}"));
    }

    fn models(&mut self, source: &SourceProduct) -> (Vec<Model>, Vec<ModelProse>) {
        let mut models = Vec::new();
        let mut prose = Vec::new();
        for (file, service) in &source.services {
            for (name, entry) in &service.model.0 {
                let (model, words) = self.model(file, name, entry);
                models.push(model);
                prose.push(words);
            }
        }
        (models, prose)
    }

    fn model(&mut self, file: &str, name: &str, entry: &ModelEntry) -> (Model, ModelProse) {
        let key = format!("model.{name}");
        if !name.starts_with(|c: char| c.is_ascii_uppercase()) || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            self.problem(file, &key, "a model's name is in CamelCase");
        }
        if name.ends_with("Service") {
            self.problem(file, &key, "names ending in Service are the services' own");
        }
        self.summary(file, &key, &entry.summary);
        self.because(file, &key, entry.because.as_deref());
        if entry.schema.as_deref() == Some(name) {
            self.problem(file, &format!("{key}.schema"), "needed only where the name is another");
        }
        let mut fields = Vec::new();
        let mut docs = Vec::new();
        let mut keys = HashSet::new();
        for (field, param) in &entry.fields.0 {
            let key = format!("{key}.{field}");
            let long = param.long();
            self.python_name(file, &key, field);
            if MODEL_METHODS.contains(&field.as_str()) {
                self.problem(file, &key, "this name hides a method of Model");
            }
            self.because(file, &key, long.because.as_deref());
            if long.default.is_some() || long.style.is_some() {
                self.problem(file, &key, "a field has neither default nor style");
            }
            let wire = long.key.clone().unwrap_or_else(|| field.clone());
            if !keys.insert(wire.clone()) {
                self.problem(file, &key, format!("the wire key {wire:?} stands twice"));
            }
            let (ty, required) = self.ty(file, &key, &long.ty);
            fields.push(Field { name: field.clone(), key: wire, ty, required, secret: long.secret, one_of: long.one_of.clone() });
            docs.push(long.doc.clone());
        }
        let repr = match &entry.repr {
            Some(names) => {
                for wanted in names {
                    match fields.iter().find(|f| f.name == *wanted) {
                        None => self.problem(file, &format!("{key}.repr"), format!("{wanted:?} is no field")),
                        Some(field) if field.secret => self.problem(file, &format!("{key}.repr"), format!("{wanted:?} is a secret")),
                        Some(_) => {}
                    }
                }
                names.clone()
            }
            None => (fields.iter())
                .filter(|f| !f.secret && matches!(f.ty, Type::Str | Type::Int | Type::Float | Type::Bool | Type::Datetime | Type::Date))
                .take(3)
                .map(|f| f.name.clone())
                .collect(),
        };
        (Model { name: name.to_owned(), fields, repr }, ModelProse { summary: entry.summary.clone(), fields: docs })
    }

    fn service(&mut self, file: &str, head: &ServiceHead, source: &ServiceFile, models: &[Model]) -> (Service, ServiceProse) {
        for part in head.path.split('.') {
            self.python_name(file, "service.path", part);
        }
        if let Some(other) = self.services.insert(head.path.clone(), file.to_owned()) {
            self.problem(file, "service.path", format!("{:?} is the service of {other} already", head.path));
        }
        self.summary(file, "service", &head.summary);
        let credential = match &head.credential {
            None => 0,
            Some(name) => self.credentials.iter().position(|c| c == name).unwrap_or_else(|| {
                self.problem(file, "service.credential", format!("{name:?} is not declared in product.toml"));
                0
            }),
        };
        for name in head.context.keys() {
            if !self.contexts.contains(name) {
                self.problem(file, "service.context", format!("{name:?} is not declared in product.toml"));
            }
        }
        let mut operations = Vec::new();
        let mut prose = Vec::new();
        for (name, entry) in &source.operation.0 {
            let (facts, words) = self.operation(file, head, name, entry, models);
            operations.push(facts);
            prose.push(words);
        }
        if operations.is_empty() {
            self.problem(file, "service", "a service without operations");
        }
        for (index, (name, entry)) in source.operation.0.iter().enumerate() {
            let counts = entry.paging.as_ref().and_then(|paging| paging.partition.as_ref());
            if let Some(partition) = counts.filter(|partition| !operations.iter().any(|known| known.name == partition.count)) {
                let key = format!("operation.{name}.paging.partition");
                self.problem(file, &key, format!("this service has no operation {:?}", partition.count));
            }
            let Some(twin) = &entry.long else { continue };
            let position = operations.iter().position(|o: &Operation| o.name == *twin && o.body == Body::Object);
            if position.is_none() {
                self.problem(file, &format!("operation.{name}.long"), format!("this service has no operation {twin:?} with a body"));
            }
            if let Some(operation) = operations.get_mut(index) {
                operation.long = position.map(|position| position as u16);
            }
        }
        let facts = Service {
            path: head.path.clone(),
            class: service_class(&head.path),
            credential: credential as u16,
            base_url: head.base_url.clone(),
            operations,
        };
        (facts, ServiceProse { summary: head.summary.clone(), docs: head.docs.clone(), operations: prose })
    }

    fn operation(
        &mut self,
        file: &str,
        head: &ServiceHead,
        name: &str,
        entry: &OperationEntry,
        models: &[Model],
    ) -> (Operation, OperationProse) {
        let key = format!("operation.{name}");
        self.python_name(file, &key, name);
        self.summary(file, &key, &entry.summary);
        self.because(file, &key, entry.because.as_deref());
        let full = format!("{}.{name}", head.path);
        if let Some(other) = self.operations.insert(full.clone(), file.to_owned()) {
            self.problem(file, &key, format!("{full} is defined in {other} already"));
        }
        let (method, path) = entry.http.split_once(' ').unwrap_or(("", &entry.http));
        if !METHODS.contains(&method) || !path.starts_with('/') {
            self.problem(file, &format!("{key}.http"), "expected a method, a blank and a path that starts with /");
        }
        let named = path_parameters(path);
        if [path.matches('{').count(), path.matches('}').count()] != [named.len(); 2] || named.iter().any(String::is_empty) {
            self.problem(file, &format!("{key}.http"), "the braces of the path do not match");
        }
        let route = format!("{method} {}", anonymous(path));
        if let Some(other) = self.routes.insert(route.clone(), full.clone()) {
            self.problem(file, &format!("{key}.http"), format!("{route} is {other} already"));
        }

        let mut params: Vec<(Param, String)> = Vec::new();
        for wire in path_parameters(path) {
            let slashes = path.contains(&format!("{{+{wire}}}"));
            if slashes && !path.trim_end_matches('/').ends_with('}') {
                self.problem(file, &format!("{key}.http"), "what keeps its slashes ends the path");
            }
            let doc = entry.path.get(&wire).or_else(|| self.path_docs.get(&wire)).cloned().unwrap_or_default();
            if doc.is_empty() {
                self.problem(file, &format!("{key}.path.{wire}"), "no text here nor in product.toml");
            }
            self.paths_described.insert(wire.clone());
            self.python_name(file, &format!("{key}.path.{wire}"), &snake(&wire));
            let context =
                if head.context.get(&wire).copied().unwrap_or(false) { self.contexts.iter().position(|c| *c == wire) } else { None };
            let param = Param {
                name: snake(&wire),
                key: wire,
                place: Place::Path,
                ty: Type::Str,
                required: true,
                style: if slashes { Style::Slashes } else { Style::Repeat },
                one_of: Vec::new(),
                default: None,
                context: context.map(|index| index as u16),
                positional: context.is_none(),
                id: true,
            };
            params.push((param, doc));
        }
        for wire in entry.path.keys() {
            if !path_parameters(path).contains(wire) {
                self.problem(file, &format!("{key}.path.{wire}"), "the path has no such parameter");
            }
        }
        for (name, param) in &entry.query.0 {
            params.push(self.param(file, &format!("{key}.query.{name}"), name, &param.long(), Place::Query));
        }
        for (name, param) in &entry.header.0 {
            params.push(self.param(file, &format!("{key}.header.{name}"), name, &param.long(), Place::Header));
        }
        let body = match &entry.body {
            None => Body::None,
            Some(BodyEntry::Whole(ty)) => {
                let long = LongParam { ty: ty.clone(), ..LongParam::default() };
                params.push(self.param(file, &format!("{key}.body"), "body", &long, Place::WholeBody));
                Body::Whole
            }
            Some(BodyEntry::Fields(fields)) => {
                for (name, param) in &fields.0 {
                    params.push(self.param(file, &format!("{key}.body.{name}"), name, &param.long(), Place::Body));
                }
                Body::Object
            }
        };
        let body = match (body, entry.part.0.is_empty()) {
            (body, true) => body,
            (Body::None, false) => {
                for (name, param) in &entry.part.0 {
                    params.push(self.param(file, &format!("{key}.part.{name}"), name, &param.long(), Place::Part));
                }
                Body::Multipart
            }
            (other, false) => {
                self.problem(file, &format!("{key}.part"), "there is a body already");
                other
            }
        };
        if body != Body::None && (method == "GET" || method == "HEAD") {
            self.problem(file, &format!("{key}.body"), format!("{method} carries no body"));
        }
        // The Python order: path parameters, then what must be given, then what may.
        params.sort_by_key(|(p, _)| match (p.place, p.positional, p.required) {
            (Place::Path, ..) => 0,
            (_, true, _) => 1,
            (_, _, true) => 2,
            (_, _, false) => 3,
        });

        let answer = entry.returns.as_ref().map(|text| self.ty(file, &format!("{key}.returns"), text));
        let optional = answer.as_ref().is_some_and(|(_, required)| !required);
        let returns = answer.map(|(ty, _)| ty);
        let paging = entry.paging.as_ref().map(|paging| self.paging(file, &format!("{key}.paging"), paging, returns.as_ref(), models));
        let mut names: HashSet<&str> = CALL_KEYWORDS.iter().copied().collect();
        if paging.is_some() {
            names.extend(PAGING_KEYWORDS);
        }
        for (param, _) in &params {
            if !names.insert(&param.name) {
                self.problems.push(format!("{file}: {key}: two arguments are named {:?}; give one another name", param.name));
            }
        }
        let mut wires: HashSet<(&str, &str)> = HashSet::new();
        if let Some(paging) = &paging {
            let place = if paging.place == Place::Body { "body" } else { "query" };
            wires.extend([&paging.cursor, &paging.size].into_iter().filter(|wire| !wire.is_empty()).map(|wire| (place, wire.as_str())));
        }
        for (param, _) in &params {
            let place = match param.place {
                Place::Query => "query",
                Place::Header => "headers",
                Place::Body => "body",
                Place::Part => "parts",
                Place::Path | Place::WholeBody => continue,
            };
            if !wires.insert((place, &param.key)) {
                self.problems.push(format!("{file}: {key}: {:?} goes out twice in the {place}", param.key));
            }
        }
        let docs = entry.docs.clone().unwrap_or_else(|| head.docs.clone());
        if !docs.starts_with("https://") {
            self.problem(file, &format!("{key}.docs"), "expected an https address");
        }
        let mut hints = self.hints(file, &format!("{key}.hint"), &entry.hint);
        for (status, text) in self.hints(file, "service.hint", &head.hint) {
            if !hints.iter().any(|(known, _)| *known == status) {
                hints.push((status, text));
            }
        }
        if let Some(deprecated) = &entry.deprecated
            && !deprecated.date.is_empty()
            && !is_date(&deprecated.date)
        {
            self.problem(file, &format!("{key}.deprecated.date"), "expected YYYY-MM-DD");
        }
        let whole_bytes = params.iter().any(|(p, _)| p.place == Place::WholeBody && p.ty == Type::Bytes);
        let (params, param_docs): (Vec<Param>, Vec<String>) = params.into_iter().unzip();
        let facts = Operation {
            name: name.to_owned(),
            method: method.to_owned(),
            path: path.replace("{+", "{"),
            params,
            body,
            content_type: (entry.content_type.clone().or_else(|| head.content_type.clone()))
                .unwrap_or_else(|| (if whole_bytes { "application/octet-stream" } else { "application/json" }).to_owned()),
            returns,
            optional,
            paging,
            idempotent: entry.idempotent.unwrap_or(!matches!(method, "POST" | "PATCH")),
            idempotent_without: entry.idempotent_without.clone(),
            deprecated: (entry.deprecated.as_ref()).map(|d| Deprecated {
                date: d.date.clone(),
                gone: d.gone,
                successor: d.successor.clone(),
            }),
            long: None,
            hints,
        };
        (facts, OperationProse { summary: entry.summary.clone(), details: entry.details.clone(), docs, params: param_docs })
    }

    fn param(&mut self, file: &str, key: &str, name: &str, long: &LongParam, place: Place) -> (Param, String) {
        self.python_name(file, key, name);
        self.because(file, key, long.because.as_deref());
        let (ty, required) = self.ty(file, key, &long.ty);
        let is_list = matches!(ty, Type::List(_));
        if long.style.is_some_and(|style| !(is_list && place == Place::Query && style != Style::Slashes)) {
            self.problem(file, key, "style is for lists in the query");
        }
        let plain =
            |ty: &Type| matches!(ty, Type::Str | Type::Int | Type::Float | Type::Bool | Type::Datetime | Type::Date | Type::EpochMs);
        let fits = match &ty {
            Type::List(inner) => plain(inner),
            other => plain(other),
        };
        if contains_bytes(&ty) && !(matches!(place, Place::Part | Place::WholeBody)) {
            self.problem(file, key, "bytes are a part or a whole body");
        }
        if matches!(place, Place::Query | Place::Header) && !fits {
            self.problem(file, key, "the query and headers take plain values and lists of them");
        }
        let default = long.default.as_ref().map(|value| serde_json::to_string(value).unwrap_or_default());
        let param = Param {
            name: name.to_owned(),
            key: long.key.clone().unwrap_or_else(|| name.to_owned()),
            place,
            id: is_id(long.key.as_deref().unwrap_or(name), &ty),
            ty,
            required: required && default.is_none(),
            style: long.style.unwrap_or(Style::Repeat),
            one_of: long.one_of.clone(),
            default,
            context: None,
            positional: long.positional,
        };
        let shared = if place == Place::WholeBody { None } else { self.param_docs.get(&param.key).cloned() };
        if shared.is_some() {
            self.params_described.insert(param.key.clone());
        }
        let doc = if long.doc.is_empty() { shared.unwrap_or_default() } else { long.doc.clone() };
        if long.positional && !param.required {
            self.problem(file, key, "what may stand without its name must be given");
        }
        (param, doc)
    }

    fn paging(&mut self, file: &str, key: &str, entry: &PagingEntry, returns: Option<&Type>, models: &[Model]) -> Paging {
        let (cursor, size, next, total) = match entry.strategy {
            Strategy::CursorLink => ("cursor", "", "links.next", ""),
            Strategy::CursorData => ("cursor", "limit", "links.next", ""),
            Strategy::CursorSize => ("cursor", "pageSize", "links.next", ""),
            Strategy::Token => ("nextPageToken", "maxResults", "nextPageToken", ""),
            Strategy::Offset => ("startAt", "maxResults", "", ""),
            Strategy::Page => ("page", "", "", ""),
            Strategy::Link => ("", "", "next", ""),
            Strategy::Since => ("since", "", "until", ""),
            Strategy::ScimIndex => ("startIndex", "count", "", "totalResults"),
            Strategy::SingleArray => ("", "", "", ""),
        };
        let items = entry.items.clone().unwrap_or_default();
        let item = match returns {
            None => {
                self.problem(file, key, "a paged operation needs `returns`");
                Type::Any
            }
            Some(page) => match item_type(page, &items, models) {
                Some(item) => item,
                None => {
                    self.problem(file, key, format!("the page has no list at {items:?}"));
                    Type::Any
                }
            },
        };
        let or = |given: &Option<String>, default: &str| given.clone().unwrap_or_else(|| default.to_owned());
        let place = entry.place.unwrap_or(Place::Query);
        if !matches!(place, Place::Query | Place::Body) {
            self.problem(file, key, "place is query or body");
        }
        Paging {
            strategy: entry.strategy,
            items,
            item,
            cursor: or(&entry.cursor, cursor),
            size: or(&entry.size, size),
            next: or(&entry.next, next),
            total: or(&entry.total, total),
            last: or(&entry.last, ""),
            more: or(&entry.more, ""),
            window: entry.window,
            place,
            alone: entry.alone,
            polls: entry.polls,
            partition: entry.partition.as_ref().map(|partition| Partition { count: partition.count.clone() }),
        }
    }

    fn hints(&mut self, file: &str, key: &str, hints: &BTreeMap<String, String>) -> Vec<(String, String)> {
        let mut parsed = Vec::new();
        for (cause, text) in hints {
            let is_status = cause.parse::<u16>().is_ok_and(|number| (300..600).contains(&number));
            let is_code = !cause.starts_with(|c: char| c.is_ascii_digit()) && !cause.contains(char::is_whitespace) && !cause.is_empty();
            if is_status || is_code {
                parsed.push((cause.clone(), text.clone()));
            } else {
                self.problem(file, &format!("{key}.{cause}"), "expected a status from 300 to 599, or an error code of the server");
            }
        }
        parsed
    }

    /// Parses "list[Rule]?" and the like; the flag tells whether it is required.
    fn ty(&mut self, file: &str, key: &str, text: &str) -> (Type, bool) {
        let (core, required) = match text.strip_suffix('?') {
            Some(core) => (core, false),
            None => (text, true),
        };
        (self.core_type(file, key, core), required)
    }

    fn core_type(&mut self, file: &str, key: &str, text: &str) -> Type {
        let inside = |head: &str| text.strip_prefix(head).and_then(|rest| rest.strip_suffix(']'));
        if let Some(inner) = inside("list[") {
            return Type::List(Box::new(self.core_type(file, key, inner)));
        }
        if let Some(inner) = inside("dict[") {
            return Type::Dict(Box::new(self.core_type(file, key, inner)));
        }
        match text {
            "str" => Type::Str,
            "int" => Type::Int,
            "float" => Type::Float,
            "bool" => Type::Bool,
            "datetime" => Type::Datetime,
            "date" => Type::Date,
            "epoch_ms" => Type::EpochMs,
            "bytes" => Type::Bytes,
            "any" => Type::Any,
            "object" => Type::Object,
            name => match self.model_index.get(name) {
                Some(index) => {
                    self.reached.insert(*index);
                    Type::Model(*index)
                }
                None => {
                    self.problem(file, key, format!("unknown type {name:?}"));
                    Type::Any
                }
            },
        }
    }

    fn python_name(&mut self, file: &str, key: &str, name: &str) {
        let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            // `from_`, as Python writes what it cannot call `from`.
            && name.strip_suffix('_').is_none_or(|bare| KEYWORDS.contains(&bare) || MODEL_METHODS.contains(&bare));
        if !sound {
            self.problem(file, key, format!("{name:?} is no snake_case name"));
        }
        if KEYWORDS.contains(&name) {
            self.problem(file, key, format!("{name:?} is a keyword of Python"));
        }
    }

    /// A correction says what is wrong with the document.
    fn because(&mut self, file: &str, key: &str, reason: Option<&str>) {
        if reason.is_some_and(|reason| reason.trim().is_empty()) {
            self.problem(file, &format!("{key}.because"), "a reason is due");
        }
    }

    fn summary(&mut self, file: &str, key: &str, summary: &str) {
        if summary.trim().is_empty() || !summary.ends_with('.') || summary.contains('\n') {
            self.problem(file, &format!("{key}.summary"), "one sentence on one line, with a full stop");
        }
    }

    /// Repeats the services of the current version below `name`, at the older path. What a file says of the older version itself comes first.
    fn version(
        &mut self,
        source: &SourceProduct,
        name: &str,
        entry: &VersionEntry,
        services: &mut Vec<Service>,
        prose: &mut Vec<ServiceProse>,
    ) {
        let (file, product) = (source.file.as_str(), source.head.product.name.as_str());
        let key = format!("version.{name}");
        self.python_name(file, &key, name);
        let [current, older] = &entry.path;
        let prefix = format!("{name}.");
        let left_out = |full: &str| entry.without.iter().any(|pattern| matches(pattern, full));
        for pattern in &entry.without {
            let named = |s: &Service| s.operations.iter().any(|o| matches(pattern, &format!("{}.{}", s.path, o.name)));
            if !services.iter().any(named) {
                self.problem(file, &format!("{key}.without"), format!("{pattern:?} names no operation"));
            }
        }
        let originals: Vec<(Service, ServiceProse)> =
            (services.iter().cloned().zip(prose.iter().cloned())).filter(|(service, _)| !service.path.starts_with(&prefix)).collect();
        for (service, words) in originals {
            let path = format!("{prefix}{}", service.path);
            let mut found: Vec<(Operation, OperationProse)> = Vec::new();
            for (operation, said) in service.operations.iter().zip(&words.operations) {
                if !operation.path.starts_with(current.as_str()) || left_out(&format!("{}.{}", service.path, operation.name)) {
                    continue;
                }
                let mut operation = Operation { path: operation.path.replacen(current.as_str(), older, 1), ..operation.clone() };
                let route = format!("{} {}", operation.method, anonymous(&operation.path));
                if self.routes.contains_key(&route) {
                    continue;
                }
                if let Some(deprecated) = &mut operation.deprecated {
                    deprecated.successor = in_version(&deprecated.successor, product, &prefix);
                }
                self.routes.insert(route, format!("{path}.{}", operation.name));
                found.push((operation, said.clone()));
            }
            let twins: Vec<Option<String>> = (found.iter())
                .map(|(o, _)| o.long.and_then(|index| service.operations.get(usize::from(index))).map(|twin| twin.name.clone()))
                .collect();
            let at = services.iter().position(|s| s.path == path);
            let start = at.and_then(|at| services.get(at)).map_or(0, |s| s.operations.len());
            let names: Vec<String> = found.iter().map(|(o, _)| o.name.clone()).collect();
            for ((operation, _), twin) in found.iter_mut().zip(twins) {
                operation.long = twin.and_then(|twin| names.iter().position(|n| *n == twin)).map(|position| (start + position) as u16);
            }
            let (operations, said): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            match at {
                Some(at) => {
                    if let (Some(service), Some(words)) = (services.get_mut(at), prose.get_mut(at)) {
                        service.operations.extend(operations);
                        words.operations.extend(said);
                    }
                }
                None if operations.is_empty() => {}
                None => {
                    services.push(Service { class: service_class(&path), path, operations, ..service });
                    prose.push(ServiceProse { operations: said, ..words });
                }
            }
        }
    }

    /// "scim.users" needs a "scim" to stand on: a service without operations, described in product.toml.
    fn groups(&mut self, source: &SourceProduct, services: &mut Vec<Service>, prose: &mut Vec<ServiceProse>) {
        let known: BTreeSet<String> = services.iter().map(|s| s.path.clone()).collect();
        let mut wanted = BTreeSet::new();
        for path in &known {
            for (dot, _) in path.match_indices('.') {
                let prefix = &path[..dot];
                if !known.contains(prefix) {
                    wanted.insert(prefix.to_owned());
                }
            }
        }
        for path in &wanted {
            // A group below an older version is what it is in the current one.
            let told = source.head.group.get(path).cloned().or_else(|| {
                let (name, rest) = path.split_once('.').unwrap_or((path, ""));
                let version = source.head.version.0.iter().find(|(known, _)| known == name)?;
                if rest.is_empty() { Some(version.1.summary.clone()) } else { source.head.group.get(rest).cloned() }
            });
            let summary = told.unwrap_or_default();
            self.summary(&source.file, &format!("group.{path}"), &summary);
            services.push(Service {
                path: path.clone(),
                class: service_class(path),
                credential: 0,
                base_url: None,
                operations: Vec::new(),
            });
            prose.push(ServiceProse { summary, docs: source.head.product.docs.clone(), operations: Vec::new() });
        }
        for path in source.head.group.keys().filter(|path| !wanted.contains(*path)) {
            self.problems.push(format!("{}: group.{path}: no service needs this group", source.file));
        }
        for path in known.iter().chain(&wanted) {
            if let Some((parent, child)) = path.rsplit_once('.')
                && services.iter().any(|s| s.path == parent && s.operations.iter().any(|o| o.name == child))
            {
                self.problems.push(format!("{}: {path}: an operation of {parent} has this name too", source.file));
            }
        }
    }

    /// What a task names must be there.
    fn tasks(&mut self, source: &SourceProduct, services: &[Service], models: &[Model]) {
        for (name, entry) in &source.head.task.0 {
            let model = self.model_index.get(name).and_then(|index| models.get(*index as usize));
            match model {
                None => self.problem(&source.file, &format!("task.{name}"), "no such model"),
                Some(model) if !model.fields.iter().any(|field| field.key == entry.id) => {
                    self.problem(&source.file, &format!("task.{name}.id"), format!("the model has no key {:?}", entry.id));
                }
                Some(_) => {}
            }
            for (key, wanted) in [("status", Some(&entry.status)), ("cancel", entry.cancel.as_ref())] {
                let Some(wanted) = wanted else { continue };
                let found = services.iter().flat_map(|service| service.operations.iter().map(move |operation| (service, operation)));
                let mut found = found.filter(|(service, operation)| format!("{}.{}", service.path, operation.name) == *wanted);
                if !found.any(|(_, operation)| operation.params.iter().filter(|param| param.positional).count() == 1) {
                    self.problem(&source.file, &format!("task.{name}.{key}"), "no such operation, or it takes more than an id");
                }
            }
        }
    }

    fn unreached(&mut self, source: &SourceProduct, models: &[Model]) {
        let mut open: Vec<u32> = self.reached.iter().copied().collect();
        while let Some(index) = open.pop() {
            for field in models.get(index as usize).iter().flat_map(|model| &model.fields) {
                open.extend(model_inside(&field.ty).filter(|inner| self.reached.insert(*inner)));
            }
        }
        for (file, service) in &source.services {
            for (name, _) in &service.model.0 {
                if let Some(index) = self.model_index.get(name)
                    && !self.reached.contains(index)
                {
                    self.problems.push(format!("{file}: model.{name}: nothing uses this model"));
                }
            }
        }
        for name in source.head.path.keys() {
            if !self.paths_described.contains(name) {
                self.problems.push(format!("{}: path.{name}: no operation has such a path parameter", source.file));
            }
        }
        for name in source.head.param.keys() {
            if !self.params_described.contains(name) {
                self.problems.push(format!("{}: param.{name}: no operation has such a parameter", source.file));
            }
        }
    }
}

/// "issues.search" or "plans.*".
fn matches(pattern: &str, full: &str) -> bool {
    pattern == full || pattern.strip_suffix('*').is_some_and(|head| full.starts_with(head))
}

/// "jira.issues.search" → "jira.v2.issues.search"; an operation of another product has no versions here.
fn in_version(full: &str, product: &str, prefix: &str) -> String {
    match full.split_once('.') {
        Some((of, rest)) if of == product => format!("{product}.{prefix}{rest}"),
        _ => full.to_owned(),
    }
}

fn contains_bytes(ty: &Type) -> bool {
    match ty {
        Type::Bytes => true,
        Type::List(inner) | Type::Dict(inner) => contains_bytes(inner),
        _ => false,
    }
}

fn model_inside(ty: &Type) -> Option<u32> {
    match ty {
        Type::Model(index) => Some(*index),
        Type::List(inner) | Type::Dict(inner) => model_inside(inner),
        _ => None,
    }
}

fn item_type(page: &Type, items: &str, models: &[Model]) -> Option<Type> {
    let mut ty = page.clone();
    for part in items.split('.').filter(|part| !part.is_empty()) {
        let Type::Model(index) = ty else { return None };
        ty = models.get(index as usize)?.fields.iter().find(|f| f.key == part)?.ty.clone();
    }
    match ty {
        Type::List(item) => Some(*item),
        _ => None,
    }
}

fn path_parameters(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.trim_start_matches('+').to_owned()).collect()
}

/// "/orgs/{orgId}" → "/orgs/{}": two operations may not differ in parameter names alone.
fn anonymous(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                out.push(c);
            }
            '}' => {
                inside = false;
                out.push(c);
            }
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

fn snake(wire: &str) -> String {
    let mut out = String::new();
    for c in wire.chars() {
        if c.is_ascii_uppercase() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c);
        } else {
            out.push('_');
        }
    }
    out
}

/// "users.tokens" → "UsersTokensService".
fn service_class(path: &str) -> String {
    let mut out = String::new();
    for part in path.split(['.', '_']) {
        let mut letters = part.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out.push_str("Service");
    out
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.char_indices().all(|(i, c)| if i == 4 || i == 7 { c == '-' } else { c.is_ascii_digit() })
}
