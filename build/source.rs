//! The catalog as people write it: TOML files of one product. See `catalog/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Value;

use crate::types::{ClientAuthentication, RichText, Scheme, Strategy, Style};

/// TOML tables keep the order of the file, so signatures and models read as they were written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductFile {
    pub product: ProductHead,
    pub site: Option<SettingEntry>,
    pub gateway: Option<GatewayEntry>,
    pub oauth: Option<OAuthEntry>,
    #[serde(default)]
    pub credential: Ordered<CredentialEntry>,
    #[serde(default)]
    pub context: Ordered<ContextEntry>,
    #[serde(default)]
    pub path: BTreeMap<String, String>,
    /// What a query, header or body parameter of this wire name means wherever it occurs.
    #[serde(default)]
    pub param: BTreeMap<String, String>,
    /// An older version beside the current one: the same services below a name of its own, at another path.
    #[serde(default)]
    pub version: Ordered<VersionEntry>,
    /// Models whose answer means that work goes on, and how that is followed.
    #[serde(default)]
    pub task: Ordered<TaskEntry>,
    /// Names on the way to a service that are none themselves, and what they hold.
    #[serde(default)]
    pub group: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductHead {
    pub name: String,
    pub client: String,
    pub title: String,
    pub summary: String,
    pub docs: String,
    pub base_url: String,
    #[serde(default)]
    pub compact_offsets: bool,
    #[serde(default)]
    pub rich_text: BTreeMap<String, RichText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskEntry {
    pub id: String,
    pub status: String,
    pub cancel: Option<String>,
    pub ended: MarkEntry,
    pub succeeded: MarkEntry,
    pub progress: String,
    pub message: String,
    pub result: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkEntry {
    pub key: String,
    pub values: Vec<String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct SettingEntry {
    pub argument: String,
    pub env: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayEntry {
    pub base_url: String,
    pub path: String,
    pub resources: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthEntry {
    pub token_url: String,
    pub client_authentication: ClientAuthentication,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialEntry {
    pub argument: String,
    pub env: String,
    pub scheme: Scheme,
    pub user: Option<SettingEntry>,
    pub noun: String,
    pub obtain: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextEntry {
    pub argument: String,
    pub env: String,
    pub noun: String,
    pub obtain: String,
    pub lookup: Option<LookupEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionEntry {
    pub summary: String,
    /// The part of the path that differs: of the current version, and of this one.
    pub path: [String; 2],
    /// Operations that this version does not have: "issues.search", or "plans.*" for a whole service.
    #[serde(default)]
    pub without: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupEntry {
    pub http: String,
    pub at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceFile {
    pub service: Option<ServiceHead>,
    #[serde(default)]
    pub operation: Ordered<OperationEntry>,
    #[serde(default)]
    pub model: Ordered<ModelEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceHead {
    pub path: String,
    pub summary: String,
    pub docs: String,
    pub credential: Option<String>,
    pub base_url: Option<String>,
    pub content_type: Option<String>,
    #[serde(default)]
    pub hint: BTreeMap<String, String>,
    #[serde(default)]
    pub context: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationEntry {
    pub http: String,
    pub summary: String,
    #[serde(default)]
    pub details: String,
    pub docs: Option<String>,
    #[serde(default)]
    pub path: BTreeMap<String, String>,
    #[serde(default)]
    pub query: Ordered<ParamEntry>,
    #[serde(default)]
    pub header: Ordered<ParamEntry>,
    pub body: Option<BodyEntry>,
    #[serde(default)]
    pub part: Ordered<ParamEntry>,
    pub content_type: Option<String>,
    pub returns: Option<String>,
    pub paging: Option<PagingEntry>,
    pub idempotent: Option<bool>,
    #[serde(default)]
    pub idempotent_without: Vec<String>,
    pub deprecated: Option<DeprecatedEntry>,
    pub long: Option<String>,
    #[serde(default)]
    pub hint: BTreeMap<String, String>,
    /// Why Atlassian's document is wrong here: the importer leaves the facts alone.
    pub because: Option<String>,
}

/// A type alone, or a table with more to say.
pub enum ParamEntry {
    Short(String),
    Long(LongParam),
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
pub struct LongParam {
    #[serde(rename = "type")]
    pub ty: String,
    pub key: Option<String>,
    #[serde(default)]
    pub doc: String,
    pub style: Option<Style>,
    #[serde(default)]
    pub one_of: Vec<String>,
    pub default: Option<Value>,
    #[serde(default)]
    pub positional: bool,
    #[serde(default)]
    pub secret: bool,
    pub because: Option<String>,
}

/// By hand: serde's `untagged` says only that nothing fits, not which key is wrong.
impl<'de> Deserialize<'de> for ParamEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(ty) => Ok(ParamEntry::Short(ty)),
            long => long.try_into().map(ParamEntry::Long).map_err(reason),
        }
    }
}

/// What a fault says, in one line and without a place, which a value has not.
fn reason<E: serde::de::Error>(fault: toml::de::Error) -> E {
    E::custom(fault.message())
}

impl ParamEntry {
    pub fn long(&self) -> LongParam {
        match self {
            ParamEntry::Short(ty) => LongParam { ty: ty.clone(), ..LongParam::default() },
            ParamEntry::Long(long) => long.clone(),
        }
    }
}

pub enum BodyEntry {
    /// The body is no object: its type.
    Whole(String),
    /// Top-level fields of an object.
    Fields(Ordered<ParamEntry>),
}

impl<'de> Deserialize<'de> for BodyEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(ty) => Ok(BodyEntry::Whole(ty)),
            fields => fields.try_into().map(BodyEntry::Fields).map_err(reason),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagingEntry {
    pub strategy: Strategy,
    pub items: Option<String>,
    pub cursor: Option<String>,
    pub size: Option<String>,
    pub next: Option<String>,
    pub total: Option<String>,
    pub last: Option<String>,
    pub more: Option<String>,
    #[serde(default)]
    pub window: u32,
    pub place: Option<crate::types::Place>,
    #[serde(default)]
    pub alone: bool,
    #[serde(default)]
    pub polls: bool,
    pub partition: Option<PartitionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionEntry {
    pub count: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeprecatedEntry {
    #[serde(default)]
    pub date: String,
    #[serde(default)]
    pub gone: bool,
    #[serde(default)]
    pub successor: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    pub summary: String,
    /// The component of Atlassian's document, where it has another name.
    pub schema: Option<String>,
    pub because: Option<String>,
    pub repr: Option<Vec<String>>,
    #[serde(default)]
    pub fields: Ordered<ParamEntry>,
}

/// A table that remembers the order of its keys.
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a table")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value::<T>().map_err(|e| serde::de::Error::custom(format!("{key}: {e}")))?;
                    entries.push((key, value));
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

pub struct SourceProduct {
    pub file: String,
    pub head: ProductFile,
    pub services: Vec<(String, ServiceFile)>,
}

pub fn product_folders(root: &Path) -> Vec<PathBuf> {
    sorted(root).into_iter().filter(|path| path.is_dir()).collect()
}

pub fn read_product(folder: &Path, problems: &mut Vec<String>) -> Option<SourceProduct> {
    let mut head = None;
    let mut services = Vec::new();
    for path in sorted(folder) {
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&path).display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(fault) => {
                problems.push(format!("{shown}: {fault}"));
                continue;
            }
        };
        let fault = |fault: toml::de::Error| format!("{shown}: {}", fault.to_string().replace('\n', " "));
        if path.file_name().is_some_and(|name| name == "product.toml") {
            match toml::from_str(&text) {
                Ok(parsed) => head = Some((shown, parsed)),
                Err(e) => problems.push(fault(e)),
            }
        } else {
            match toml::from_str(&text) {
                Ok(parsed) => services.push((shown, parsed)),
                Err(e) => problems.push(fault(e)),
            }
        }
    }
    let Some((file, head)) = head else {
        problems.push(format!("{}: product.toml is missing or faulty", folder.display()));
        return None;
    };
    Some(SourceProduct { file, head, services })
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    paths.sort();
    paths
}
