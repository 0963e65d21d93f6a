//! The sandbox over real HTTP: rules, error bodies, pages, faults.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use atlassian_cloud::sandbox::seed::{self, accounts, groups, scim, tokens};
use atlassian_cloud::sandbox::{Options, Sandbox};
use reqwest::{Method, Response};
use serde_json::{Value, json};

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

struct Box_ {
    sandbox: Sandbox,
    http: reqwest::Client,
}

const ORG: &str = seed::ORG_ID;

fn open() -> Box_ {
    Box_ { sandbox: Sandbox::start(Options::default()).unwrap(), http: client() }
}

fn client() -> reqwest::Client {
    let roots: [reqwest::Certificate; 0] = [];
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(roots)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{bytes:?}")) };
    Answer { status, headers, body }
}

impl Box_ {
    fn request(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> reqwest::RequestBuilder {
        let mut request = self
            .http
            .request(method.parse::<Method>().unwrap(), format!("{}{path}", self.sandbox.url()))
            .header("authorization", format!("Bearer {token}"));
        if let Some(body) = body {
            let media = if path.starts_with("/scim") { "application/scim+json" } else { "application/json" };
            request = request.header("content-type", media).body(body.to_string());
        }
        request
    }

    async fn with(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        read(self.request(method, path, token, body).send().await.unwrap()).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let token = if path.starts_with("/scim") { seed::SCIM_TOKEN } else { seed::TOKEN };
        self.with(token, method, path, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    /// Expects a status, so that a failing test shows the body.
    async fn expect(&self, status: u16, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        answer.body
    }

    fn fault(&self, order: Value) {
        self.sandbox.fault(serde_json::from_value(order).unwrap());
    }

    async fn directory_status(&self, id: &str) -> String {
        let user = self.expect(200, "GET", &directory(&format!("users/{id}")), None).await;
        user["data"]["status"].as_str().unwrap().to_owned()
    }
}

fn manage(id: &str, rest: &str) -> String {
    format!("/users/{id}/manage{rest}")
}

fn v1(rest: &str) -> String {
    format!("/admin/v1/orgs/{ORG}/{rest}")
}

fn directory(rest: &str) -> String {
    format!("/admin/v2/orgs/{ORG}/directories/{}/{rest}", seed::DIRECTORY_ID)
}

fn scim_path(rest: &str) -> String {
    format!("/scim/directory/{}/{rest}", seed::SCIM_DIRECTORY)
}

fn empty() -> Option<Value> {
    Some(json!({}))
}

// ---- routes and credentials

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_shape_of_the_api() {
    let it = open();
    let answer = it.get("/admin/v1/nowhere").await;
    assert_eq!((answer.status, answer.body["errors"][0]["code"].as_str()), (404, Some("ADMIN-404-1")));
    let answer = it.get("/users/x/manage/nothing").await;
    assert_eq!((answer.status, answer.body), (404, json!({"key": "notFound"})));
    let answer = it.get("/nowhere").await;
    assert_eq!((answer.status, answer.body["code"].as_u64()), (404, Some(404)));
    let answer = it.call("DELETE", "/admin/v1/orgs", None).await;
    assert_eq!((answer.status, answer.headers["allow"].to_str().unwrap()), (405, "GET"));
    assert_eq!(answer.body["errors"][0]["code"], "ADMIN-405-1");
}

#[tokio::test]
async fn literal_segments_win_and_segments_are_decoded_after_splitting() {
    let it = open();
    // `count` is no account id.
    assert!(it.expect(200, "GET", &directory("users/count"), None).await["count"].is_u64());
    // An encoded slash stays in its segment: an unknown account, not an unknown path.
    let answer = it.get("/users/a%2Fb/manage").await;
    assert_eq!((answer.status, answer.body), (404, json!({"key": "accountNotFound"})));
    // Colon and bar, encoded or not.
    let id = accounts::UNMANAGED.replace(':', "%3A");
    assert_eq!(it.get(&manage(&id, "/profile")).await.body, json!({"key": "forbidden.targetUnverified"}));
}

#[tokio::test]
async fn each_credential_opens_its_own_doors() {
    let it = open();
    let profile = manage(accounts::ACTIVE, "/profile");
    let users = scim_path("Users");
    for (token, path, status) in [
        (seed::TOKEN, profile.as_str(), 200),
        (seed::TOKEN, "/admin/v1/orgs", 200),
        (seed::TOKEN, users.as_str(), 401),
        (seed::SCOPED_TOKEN, "/admin/v1/orgs", 200),
        (seed::SCOPED_TOKEN, profile.as_str(), 403),
        (seed::SCIM_TOKEN, users.as_str(), 200),
        (seed::SCIM_TOKEN, "/admin/v1/orgs", 401),
        (seed::SCIM_TOKEN, profile.as_str(), 401),
        ("nonsense", profile.as_str(), 401),
        ("nonsense", users.as_str(), 401),
    ] {
        assert_eq!(it.with(token, "GET", path, None).await.status, status, "{token} on {path}");
    }
    let scoped = it.with(seed::SCOPED_TOKEN, "GET", &profile, None).await;
    assert_eq!(scoped.body["code"], 403);
    assert!(scoped.body["message"].as_str().unwrap().contains("manage:org"));
    assert_eq!(it.with("nonsense", "GET", "/admin/v1/orgs", None).await.body, json!({"code": 401, "message": "Unauthorized"}));
    assert_eq!(it.with("nonsense", "GET", &users, None).await.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
    let bare = read(it.http.get(format!("{}{profile}", it.sandbox.url())).send().await.unwrap()).await;
    assert_eq!((bare.status, bare.body), (401, json!({"key": "unauthorized"})));
    let basic =
        read(it.http.get(format!("{}/admin/v1/orgs", it.sandbox.url())).header("authorization", "Basic YTpi").send().await.unwrap()).await;
    assert_eq!(basic.status, 401);
}

// ---- checks before handlers

#[tokio::test]
async fn what_the_catalog_does_not_know_is_refused() {
    let it = open();
    assert_eq!(it.get("/admin/v1/orgs?pagesize=3").await.status, 400);
    let answer = it.call("POST", &directory("users/search"), Some(json!({"searchTerms": "x"}))).await;
    assert_eq!((answer.status, answer.body["errors"][0]["code"].as_str()), (400, Some("ADMIN-UAM-400-1")));
    let answer = it.call("PATCH", &manage(accounts::ACTIVE, "/profile"), Some(json!({"nick": "x"}))).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.body,
        json!({"key": "fieldConstraintsViolated", "context": {"fieldViolations": [{"field": "nick", "violations": [{"key": "unknownField"}]}]}})
    );
}

#[tokio::test]
async fn types_and_required_fields_are_checked() {
    let it = open();
    let answer = it.call("PATCH", &manage(accounts::ACTIVE, "/profile"), Some(json!({"name": 3}))).await;
    assert_eq!(answer.body["context"]["fieldViolations"][0]["field"], "name");
    assert_eq!(it.call("PUT", &manage(accounts::ACTIVE, "/email"), empty()).await.status, 400);
    assert_eq!(it.call("POST", &directory("users/search"), Some(json!({"accountIds": "one"}))).await.status, 400);
    assert_eq!(it.call("POST", &directory("users/search"), Some(json!({"limit": "ten"}))).await.status, 400);
    assert_eq!(it.call("POST", &directory("users/search"), Some(json!({"sortBy": [{"field": 1, "direction": "asc"}]}))).await.status, 400);
    let answer = it.call("POST", &directory("users/search"), Some(json!({"sortBy": [{"field": "nick_name"}]}))).await;
    assert_eq!((answer.status, answer.body["errors"][0]["detail"].as_str()), (400, Some("The field sortBy[0].direction is required.")));
    assert_eq!(it.get(&v1("events?from=yesterday")).await.body["errors"][0]["code"], "ADMIN-400-3");
    assert_eq!(it.get(&v1("events?limit=many")).await.status, 400);
    assert_eq!(it.get(&directory("users?mfaEnabled=perhaps")).await.status, 400);
}

#[tokio::test]
async fn bodies_and_their_types_are_checked() {
    let it = open();
    let url = |path: &str| format!("{}{path}", it.sandbox.url());
    let bare = |path: String| it.http.post(url(&path)).header("authorization", format!("Bearer {}", seed::TOKEN));
    // A POST of the v2 API without a body: measured as 415.
    let answer = read(bare(directory(&format!("users/{}/suspend", accounts::ACTIVE))).send().await.unwrap()).await;
    assert_eq!((answer.status, answer.body["errors"][0]["code"].as_str()), (415, Some("ADMIN-UAM-415-1")));
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active");
    // User management does without one where there is nothing to say …
    assert_eq!(read(bare(manage(accounts::DEACTIVATED, "/lifecycle/enable")).send().await.unwrap()).await.status, 204);
    // … and wants one where there might be.
    let answer = read(bare(manage(accounts::ACTIVE, "/lifecycle/disable")).send().await.unwrap()).await;
    assert_eq!((answer.status, answer.body), (400, json!({"key": "bodyParseFailure"})));
    let answer = read(bare(directory("users/search")).header("content-type", "text/plain").body("{}").send().await.unwrap()).await;
    assert_eq!(answer.status, 415);
    let answer = read(bare(directory("users/search")).header("content-type", "application/json").body("{").send().await.unwrap()).await;
    assert_eq!(answer.status, 400);
    let answer = read(bare(directory("users/search")).header("content-type", "application/json").body("[]").send().await.unwrap()).await;
    assert_eq!(answer.status, 400);
    // A body where none is due.
    assert_eq!(it.call("GET", "/admin/v1/orgs", Some(json!({"a": 1}))).await.status, 400);
}

#[tokio::test]
async fn ended_operations_say_so() {
    let it = open();
    let answer = it.call("POST", &v1(&format!("directory/users/{}/suspend-access", accounts::ACTIVE)), empty()).await;
    assert_eq!(answer.status, 410);
    assert!(answer.body["errors"][0]["detail"].as_str().unwrap().contains("admin.organizations.directories.users.suspend"));
}

// ---- user management

#[tokio::test]
async fn a_profile_is_read_and_changed() {
    let it = open();
    let body = it.expect(200, "GET", &manage(accounts::ACTIVE, "/profile"), None).await;
    assert_eq!(body["account"]["account_id"], accounts::ACTIVE);
    assert_eq!(body["account"]["nickname"], "marshmallow");
    let change = json!({"nickname": "vera", "extended_profile": {"job_title": "Detective"}});
    let body = it.expect(200, "PATCH", &manage(accounts::ACTIVE, "/profile"), Some(change)).await;
    assert_eq!(body["account"]["extended_profile"]["job_title"], "Detective");
    assert_eq!(body["account"]["extended_profile"]["location"], "Lompoc, CA", "what is left out stays");
    let user = it.expect(200, "GET", &directory(&format!("users/{}", accounts::ACTIVE)), None).await;
    assert_eq!((&user["data"]["nickname"], &user["data"]["jobTitle"]), (&json!("vera"), &json!("Detective")));
}

#[tokio::test]
async fn profile_fields_have_their_limits() {
    let it = open();
    let long = "x".repeat(101);
    for (change, field, violation) in [
        (json!({"name": long}), "name", "maxLength"),
        (json!({"nickname": "x".repeat(31)}), "nickname", "maxLength"),
        (json!({"nickname": ""}), "nickname", "minLength"),
        (json!({"name": "a\u{7}b"}), "name", "validCharacters"),
        (json!({"extended_profile": {"salary": "x"}}), "extended_profile.salary", "unknownField"),
    ] {
        let answer = it.call("PATCH", &manage(accounts::ACTIVE, "/profile"), Some(change)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.body["key"], "fieldConstraintsViolated");
        assert_eq!(answer.body["context"]["fieldViolations"], json!([{"field": field, "violations": [{"key": violation}]}]));
    }
    // One hundred characters, not bytes.
    it.expect(200, "PATCH", &manage(accounts::ACTIVE, "/profile"), Some(json!({"name": "ü".repeat(100)}))).await;
}

#[tokio::test]
async fn provisioned_accounts_are_closed_to_user_management() {
    let it = open();
    let refused = json!({"allowed": false, "reason": {"key": "externalDirectory.scim"}});
    let answer = it
        .call("PATCH", &manage(accounts::SCIM_MANAGED, "/profile"), Some(json!({"nickname": "s", "extended_profile": {"department": "d"}})))
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.body,
        json!({"key": "forbidden.fieldMutation", "context": {"nickname": refused, "extended_profile.department": refused}})
    );
    for (method, path, body) in [("PUT", "/email", json!({"email": "s@acme.example"})), ("POST", "/lifecycle/disable", json!({}))] {
        let answer = it.call(method, &manage(accounts::SCIM_MANAGED, path), Some(body)).await;
        assert_eq!((answer.status, answer.body), (403, json!({"key": "forbidden.action", "context": refused})));
    }
    let google = it.expect(200, "GET", &manage(accounts::GOOGLE_MANAGED, "?privileges=email.set"), None).await;
    assert_eq!(google, json!({"email.set": {"allowed": false, "reason": {"key": "externalDirectory.google"}}}));
}

#[tokio::test]
async fn permissions_are_filtered_in_both_forms() {
    let it = open();
    let all = it.expect(200, "GET", &manage(accounts::ACTIVE, ""), None).await;
    assert_eq!(all.as_object().unwrap().len(), 8);
    assert_eq!(all["profile.write"]["extended_profile.location"], json!({"allowed": true}));
    let keys = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let wanted = BTreeSet::from(["email.set".to_owned(), "apiToken.read".to_owned()]);
    assert_eq!(keys(&it.get(&manage(accounts::ACTIVE, "?privileges=email.set&privileges=apiToken.read")).await.body), wanted);
    assert_eq!(keys(&it.get(&manage(accounts::ACTIVE, "?privileges=email.set,apiToken.read")).await.body), wanted);
    let me = it.get(&manage(accounts::ORGANIZATION_ADMIN, "?privileges=lifecycle.delete")).await.body;
    assert_eq!(me["lifecycle.delete"]["reason"]["key"], "administrative.notMyself");
}

#[tokio::test]
async fn an_address_moves_only_to_a_claimed_domain() {
    let it = open();
    let path = manage(accounts::ACTIVE, "/email");
    let answer = it.call("PUT", &path, Some(json!({"email": "vera@elsewhere.example"}))).await;
    assert_eq!(
        (answer.status, answer.body),
        (403, json!({"key": "forbidden.unclaimedDomain", "context": {"domain": "elsewhere.example"}}))
    );
    let answer = it.call("PUT", &path, Some(json!({"email": "vera@acme-labs.example"}))).await;
    assert_eq!(answer.body["key"], "forbidden.unclaimedDomain", "known, but not verified");
    assert_eq!(
        it.call("PUT", &path, Some(json!({"email": "vera"}))).await.body["context"]["fieldViolations"][0]["violations"][0]["key"],
        "validCharacters"
    );
    let long = format!("{}@acme.example", "x".repeat(256));
    assert_eq!(
        it.call("PUT", &path, Some(json!({"email": long}))).await.body["context"]["fieldViolations"][0]["violations"][0]["key"],
        "partMaxLength"
    );
    it.expect(204, "PUT", &path, Some(json!({"email": "veronica@acme.example"}))).await;
    assert_eq!(it.get(&manage(accounts::ACTIVE, "/profile")).await.body["account"]["email"], "veronica@acme.example");
}

#[tokio::test]
async fn tokens_are_listed_and_revoked() {
    let it = open();
    let path = manage(accounts::WITH_TOKENS, "/api-tokens");
    let list = it.expect(200, "GET", &path, None).await;
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [tokens::FRESH, tokens::UNUSED, tokens::EXPIRING, tokens::STALE, tokens::EXPIRED]);
    assert!(list[1].get("lastAccess").is_none() && list[3].get("expiry").is_none());
    let stamp = list[0]["createdAt"].as_str().unwrap();
    assert!(stamp.len() == 24 && stamp.ends_with('Z'), "{stamp}");
    it.expect(204, "DELETE", &format!("{path}/{}", tokens::STALE), None).await;
    assert_eq!(it.expect(404, "DELETE", &format!("{path}/{}", tokens::STALE), None).await, json!({"key": "notFound"}));
    assert_eq!(it.get(&path).await.body.as_array().unwrap().len(), 4);
    // The organization's list shows the same.
    let all = it.expect(200, "GET", &format!("/admin/api-access/v1/orgs/{ORG}/api-tokens?q=tariq&pageSize=100"), None).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn disabling_and_enabling_show_everywhere() {
    let it = open();
    let path = |verb: &str| manage(accounts::ACTIVE, &format!("/lifecycle/{verb}"));
    let conflict = it.expect(409, "POST", &path("enable"), empty()).await;
    assert_eq!((&conflict["key"], &conflict["context"]["accountId"]), (&json!("conflict.lifecycleErrors"), &json!(accounts::ACTIVE)));
    assert!(conflict["context"]["errorCodes"][0]["code"].is_string() && conflict["context"]["message"].is_string());
    it.expect(204, "POST", &path("disable"), Some(json!({"message": "Left"}))).await;
    it.expect(409, "POST", &path("disable"), empty()).await;
    assert_eq!(it.get(&manage(accounts::ACTIVE, "/profile")).await.body["account"]["account_status"], "inactive");
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "deactivated");
    let page = it.get(&v1("users")).await.body;
    let row = page["data"].as_array().unwrap().iter().find(|row| row["account_id"] == accounts::ACTIVE).unwrap();
    assert_eq!((&row["account_status"], &row["access_billable"]), (&json!("inactive"), &json!(false)));
    it.expect(204, "POST", &path("enable"), empty()).await;
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active");
    let events = it.get(&v1("events?action=managed_account_deactivated")).await.body;
    assert_eq!(events["data"][0]["attributes"]["context"][0]["id"], accounts::ACTIVE);
}

#[tokio::test]
async fn deletion_has_fourteen_days_of_grace() {
    let it = open();
    let path = |id: &str, verb: &str| manage(id, &format!("/lifecycle/{verb}"));
    assert_eq!(it.directory_status(accounts::DELETED).await, "for_deletion");
    assert_eq!(it.expect(409, "POST", &path(accounts::DELETED, "enable"), empty()).await["key"], "conflict.lifecycleErrors");
    it.expect(409, "POST", &path(accounts::DELETED, "delete"), empty()).await;
    assert!(it.expect(200, "POST", &path(accounts::DELETED, "cancel-delete"), empty()).await["message"].is_string());
    assert_eq!(it.directory_status(accounts::DELETED).await, "active");
    it.expect(404, "POST", &path(accounts::DELETED, "cancel-delete"), empty()).await;

    assert!(it.expect(200, "POST", &path(accounts::ACTIVE, "delete"), empty()).await["message"].is_string());
    it.sandbox.advance(13 * 86_400_000).unwrap();
    assert_eq!(it.get(&manage(accounts::ACTIVE, "/profile")).await.body["account"]["account_status"], "inactive");
    it.sandbox.advance(2 * 86_400_000).unwrap();
    assert_eq!(it.expect(404, "POST", &path(accounts::ACTIVE, "cancel-delete"), empty()).await, json!({"key": "accountNotFound"}));
}

#[tokio::test]
async fn some_accounts_cannot_be_managed() {
    let it = open();
    assert_eq!(it.expect(404, "GET", &manage("nobody", "/profile"), None).await, json!({"key": "accountNotFound"}));
    assert_eq!(it.expect(403, "GET", &manage(accounts::UNMANAGED, ""), None).await, json!({"key": "forbidden.targetUnverified"}));
    let blocked = it.expect(403, "POST", &manage(accounts::EXPORT_BLOCKED, "/lifecycle/enable"), empty()).await;
    assert_eq!(blocked["context"]["reason"]["key"], "blocked.exportControl");
}

// ---- organization

#[tokio::test]
async fn managed_accounts_come_in_pages() {
    let it = open();
    let mut path = v1("users");
    let (mut sizes, mut ids) = (Vec::new(), BTreeSet::new());
    let total = loop {
        let page = it.expect(200, "GET", &path, None).await;
        let rows = page["data"].as_array().unwrap();
        sizes.push(rows.len());
        ids.extend(rows.iter().map(|row| row["account_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["links"]["next"].as_str() else { break page["meta"]["total"].as_u64().unwrap() };
        assert!(next.starts_with(it.sandbox.url()), "{next}");
        path = next.strip_prefix(it.sandbox.url()).unwrap().to_owned();
    };
    assert_eq!((sizes.as_slice(), total, ids.len()), (&[100, 100, 60][..], 260, 260));
    assert!(!ids.contains(accounts::UNMANAGED));
    let answer = it.get(&v1("users?cursor=nonsense")).await;
    assert_eq!((answer.status, answer.body["errors"][0]["code"].as_str()), (400, Some("ADMIN-400-1")));
}

#[tokio::test]
async fn organization_answers_tell_their_limits() {
    let it = open();
    let (first, second) = (it.get("/admin/v1/orgs").await, it.get("/admin/v1/orgs").await);
    let number = |answer: &Answer, name: &str| answer.headers[name].to_str().unwrap().parse::<i64>().unwrap();
    assert!(
        number(&first, "x-ratelimit-remaining") > number(&second, "x-ratelimit-remaining")
            || number(&second, "x-ratelimit-remaining") == 999
    );
    assert_eq!(number(&first, "x-ratelimit-limit"), 1_000);
    assert!(first.headers["x-ratelimit-reset"].to_str().unwrap().ends_with('Z'));
    assert!(!it.get(&manage(accounts::ACTIVE, "/profile")).await.headers.contains_key("x-ratelimit-limit"));
}

#[tokio::test]
async fn another_organization_does_not_exist() {
    let it = open();
    assert_eq!(it.get("/admin/v1/orgs/other/users").await.body["errors"][0]["code"], "ADMIN-404-2");
    assert_eq!(it.get("/admin/v2/orgs/other/directories").await.body["errors"][0]["code"], "ADMIN-UAM-404-2");
    assert_eq!(it.get("/admin/v1/orgs").await.body["data"][0]["id"], ORG);
}

#[tokio::test]
async fn domains_are_two_and_one_is_verified() {
    let it = open();
    let domains = it.expect(200, "GET", &v1("domains"), None).await;
    let status: Vec<&str> =
        domains["data"].as_array().unwrap().iter().map(|domain| domain["attributes"]["claim"]["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["verified", "unverified"]);
    assert_eq!(it.get(&v1(&format!("domains/{}", seed::DOMAIN_ID))).await.body["data"]["attributes"]["name"], "acme.example");
    assert_eq!(it.get(&v1("domains/none")).await.body["errors"][0]["code"], "ADMIN-404-3");
    assert_eq!(it.get(&v1("domains/no%20id")).await.body["errors"][0]["code"], "ADMIN-400-2");
}

#[tokio::test]
async fn last_active_dates_are_told_by_product() {
    let it = open();
    let body = it.expect(200, "GET", &v1(&format!("directory/users/{}/last-active-dates", accounts::ACTIVE)), None).await;
    let access = body["data"]["product_access"].as_array().unwrap();
    assert!(access.iter().any(|product| product["id"] == seed::JIRA && product["last_active"].as_str().unwrap().len() == 10));
    assert!(body["data"]["added_to_org"].is_string() && body["links"].get("next").is_none());
    let answer = it.get(&v1("directory/users/nobody/last-active-dates")).await;
    assert_eq!((answer.status, answer.body["errors"][0]["code"].as_str()), (404, Some("ADMIN-404-8")));
}

#[tokio::test]
async fn the_audit_log_is_searched_and_streamed() {
    let it = open();
    let page = it.expect(200, "GET", &v1("events"), None).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 30);
    let times: Vec<&str> = page["data"].as_array().unwrap().iter().map(|event| event["attributes"]["time"].as_str().unwrap()).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "newest first");
    let actor = accounts::ACTIVE;
    let some = it.expect(200, "GET", &v1(&format!("events?actor={actor}&limit=500&action=user_added_to_group")), None).await;
    assert!(!some["data"].as_array().unwrap().is_empty());
    assert!(some["data"].as_array().unwrap().iter().all(|event| event["attributes"]["actor"]["id"] == actor));
    let places = "%5B%7B%22city%22%3A%22Berlin%22%7D%5D";
    let berlin = it.expect(200, "GET", &v1(&format!("events?limit=500&location={places}")), None).await;
    assert!(berlin["data"].as_array().unwrap().iter().all(|event| event["attributes"]["location"]["city"] == "Berlin"));
    let ip = it.expect(200, "GET", &v1("events?limit=500&ip=203.0.113.7"), None).await;
    assert!(ip["data"].as_array().unwrap().len() < 240 && !ip["data"].as_array().unwrap().is_empty());
    assert_eq!(it.get(&v1("events?limit=501")).await.status, 400);
    let one = page["data"][0]["id"].as_str().unwrap();
    assert_eq!(it.get(&v1(&format!("events/{one}"))).await.body["data"]["id"], one);
    assert_eq!(it.get(&v1("events/none")).await.body["errors"][0]["code"], "ADMIN-404-4");

    let first = it.expect(200, "GET", &v1("events-stream"), None).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 200);
    let next = first["links"]["next"].as_str().unwrap().strip_prefix(it.sandbox.url()).unwrap().to_owned();
    let last = it.expect(200, "GET", &next, None).await;
    assert_eq!(last["data"].as_array().unwrap().len(), 40);
    // The last page has a link too, and its cursor waits for what comes later.
    assert!(last["links"]["next"].as_str().unwrap().contains(last["meta"]["next"].as_str().unwrap()));
    let kept = last["meta"]["next"].as_str().unwrap().to_owned();
    assert!(it.get(&v1(&format!("events-stream?cursor={kept}"))).await.body["data"].as_array().unwrap().is_empty());
    it.expect(204, "POST", &manage(accounts::ACTIVE, "/lifecycle/disable"), empty()).await;
    let later = it.get(&v1(&format!("events-stream?cursor={kept}"))).await.body;
    assert_eq!(later["data"][0]["attributes"]["action"], "managed_account_deactivated");
    assert!(later["data"][0]["attributes"]["processedAt"].is_string());
}

#[tokio::test]
async fn policies_are_accepted_and_changed() {
    let it = open();
    let policy = json!({"data": {"type": "policy", "attributes": {"type": "ip-allowlist", "name": "Home", "status": "enabled", "rule": {"in": ["192.0.2.1"]}}}});
    let made = it.expect(202, "POST", &v1("policies"), Some(policy)).await;
    let id = made["data"]["id"].as_str().unwrap().to_owned();
    let own = v1(&format!("policies/{id}"));
    assert_eq!(it.get(&own).await.body["data"]["attributes"]["name"], "Home");
    it.expect(202, "PUT", &own, Some(json!({"data": {"type": "policy", "attributes": {"type": "ip-allowlist", "name": "Garden"}}}))).await;
    let with = it.expect(202, "POST", &format!("{own}/resources"), Some(json!({"id": seed::JIRA}))).await;
    assert_eq!(with["data"]["attributes"]["resources"][0], json!({"id": seed::JIRA, "applicationStatus": "applying"}));
    let ari = seed::JIRA.replace(':', "%3A").replace('/', "%2F");
    it.expect(202, "PUT", &format!("{own}/resources/{ari}"), Some(json!({"links": {"ticket": "T-1"}}))).await;
    it.expect(204, "DELETE", &format!("{own}/resources/{ari}"), None).await;
    assert_eq!(it.expect(404, "DELETE", &format!("{own}/resources/{ari}"), None).await["errors"][0]["code"], "ADMIN-404-6");
    it.expect(202, "GET", &format!("{own}/validate"), None).await;
    // The control API has the same policies.
    assert_eq!(it.get(&format!("/admin/control/v1/orgs/{ORG}/policies/{id}")).await.body["data"]["attributes"]["name"], "Garden");
    it.expect(202, "DELETE", &own, None).await;
    assert_eq!(it.expect(404, "GET", &own, None).await["errors"][0]["code"], "ADMIN-404-5");
    assert_eq!(
        it.call("POST", &v1("policies"), Some(json!({"data": {"type": "policy", "attributes": {"type": "dance"}}}))).await.body["errors"]
            [0]["code"],
        "ADMIN-400-4"
    );
}

// ---- directory

#[tokio::test]
async fn a_search_pages_by_cursors_that_carry_the_question() {
    let it = open();
    let path = directory("users/search");
    let (mut body, mut ids, mut pages) = (json!({"limit": 100, "status": ["active"]}), BTreeSet::new(), 0);
    loop {
        let page = it.expect(200, "POST", &path, Some(body)).await;
        pages += 1;
        for user in page["data"].as_array().unwrap() {
            assert_eq!(user["status"], "active", "filters hold on later pages");
            assert!(ids.insert(user["accountId"].as_str().unwrap().to_owned()));
        }
        let Some(next) = page["links"]["next"].as_str() else { break };
        assert!(!next.contains("http"));
        body = json!({"cursor": next, "limit": 100});
    }
    assert!(pages == 3 && ids.len() > 200, "{pages} {}", ids.len());
    assert!(ids.contains(accounts::UNMANAGED) && !ids.contains(accounts::SUSPENDED));
    let default = it.expect(200, "POST", &path, empty()).await;
    assert_eq!(default["data"].as_array().unwrap().len(), 50);
    assert_eq!(default["links"]["prev"], Value::Null);
    assert_eq!(it.call("POST", &path, Some(json!({"cursor": "x"}))).await.body["errors"][0]["code"], "ADMIN-UAM-400-1");
    assert_eq!(it.call("POST", &path, Some(json!({"limit": 101}))).await.status, 400);
    assert_eq!(it.call("POST", &path, Some(json!({"emails": ["a@b.c"], "searchTerm": "a"}))).await.status, 400);
}

#[tokio::test]
async fn pages_survive_changes_between_them() {
    let it = open();
    let path = directory("users/search");
    let first = it.expect(200, "POST", &path, Some(json!({"limit": 10, "status": ["active"]}))).await;
    let first_ids: Vec<String> =
        first["data"].as_array().unwrap().iter().map(|user| user["accountId"].as_str().unwrap().to_owned()).collect();
    let before = it.expect(200, "POST", &path, Some(json!({"cursor": first["links"]["next"], "limit": 10}))).await;
    // Suspending what was seen must not make the next page skip anybody.
    for id in first_ids.iter().filter(|id| *id != accounts::ORGANIZATION_ADMIN) {
        it.expect(204, "POST", &directory(&format!("users/{}/suspend", id.replace(':', "%3A"))), empty()).await;
    }
    let after = it.expect(200, "POST", &path, Some(json!({"cursor": first["links"]["next"], "limit": 10}))).await;
    assert_eq!(before["data"], after["data"]);
}

#[tokio::test]
async fn search_filters_and_expands() {
    let it = open();
    let search =
        async |body: Value| it.expect(200, "POST", &directory("users/search"), Some(body)).await["data"].as_array().unwrap().clone();
    let found = search(json!({"emails": ["VERA.MARS@acme.example"]})).await;
    assert_eq!((found.len(), &found[0]["accountId"]), (1, &json!(accounts::ACTIVE)));
    assert!(found[0].get("groups").is_none() && found[0].get("platformRoles").is_none());
    let found =
        search(json!({"emails": ["olga.admin@acme.example"], "expand": ["platformRoles", "counts.resources", "productAccess", "groups"]}))
            .await;
    assert_eq!(found[0]["platformRoles"], json!(["atlassian/org-admin", "atlassian/site-admin"]));
    assert!(found[0]["groups"].as_array().unwrap().iter().any(|group| group["id"] == groups::ORGANIZATION_ADMINS));
    assert!(found[0]["productAccess"][0]["lastActiveTimestamp"].is_string() && found[0]["counts"]["resources"].as_u64().unwrap() >= 3);
    assert_eq!(search(json!({"claimStatus": "unmanaged"})).await.len(), 1);
    assert_eq!(search(json!({"status": ["for_deletion"]})).await[0]["accountId"], accounts::DELETED);
    assert!(search(json!({"status": ["not_invited"]})).await.iter().any(|user| user["accountId"] == accounts::NOT_INVITED));
    assert_eq!(search(json!({"groupIds": [groups::EMPTY]})).await.len(), 0);
    assert_eq!(search(json!({"emailDomains": ["partner.example"]})).await.len(), 1);
    assert_eq!(search(json!({"searchTerm": "marshm"})).await.len(), 1);
    assert!(!search(json!({"roleIds": ["atlassian/org-admin"]})).await.is_empty());
    let sorted = search(json!({"sortBy": [{"field": "nick_name", "direction": "desc"}], "limit": 100})).await;
    let names: Vec<&str> = sorted.iter().map(|user| user["nickname"].as_str().unwrap()).collect();
    assert!(names.windows(2).all(|pair| pair[0] >= pair[1]));
    assert_eq!(it.call("POST", &directory("users/search"), Some(json!({"status": ["asleep"]}))).await.status, 400);
    // The older list and the count read the same.
    let count = it.expect(200, "GET", &directory("users/count?status=suspended&status=deactivated"), None).await;
    assert_eq!(
        count["count"].as_u64().unwrap() as usize,
        search(json!({"status": ["suspended", "deactivated"], "limit": 100})).await.len()
    );
    assert_eq!(it.get(&directory("users?searchTerm=marshm")).await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn suspending_restoring_and_removing() {
    let it = open();
    let own = directory(&format!("users/{}", accounts::ACTIVE));
    it.expect(204, "POST", &format!("{own}/suspend"), empty()).await;
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "suspended");
    assert_eq!(it.get(&manage(accounts::ACTIVE, "/profile")).await.body["account"]["account_status"], "active", "the account itself stays");
    it.expect(204, "POST", &format!("{own}/restore"), empty()).await;
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active");
    it.expect(204, "DELETE", &own, None).await;
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "not_invited");
    it.expect(404, "POST", &format!("{own}/suspend"), empty()).await;
    let inactive = it.expect(400, "POST", &directory(&format!("users/{}/restore", accounts::DEACTIVATED)), empty()).await;
    assert_eq!(inactive["errors"][0]["code"], "ADMIN-UAM-400-2");
    // An outsider who is removed is gone.
    let outsider = directory(&format!("users/{}", accounts::UNMANAGED.replace(':', "%3A")));
    it.expect(204, "DELETE", &outsider, None).await;
    it.expect(404, "GET", &outsider, None).await;
    it.expect(404, "GET", &own.replace(seed::DIRECTORY_ID, "other"), None).await;
    it.expect(200, "GET", &own.replace(seed::DIRECTORY_ID, "-"), None).await;
}

#[tokio::test]
async fn groups_live_and_die() {
    let it = open();
    it.expect(201, "POST", &directory("groups"), Some(json!({"name": "writers"}))).await;
    assert_eq!(
        it.expect(409, "POST", &directory("groups"), Some(json!({"name": "Writers"}))).await["errors"][0]["code"],
        "ADMIN-UAM-409-2"
    );
    let found =
        it.expect(200, "POST", &directory("groups/search"), Some(json!({"groupNames": ["WRITERS"], "expand": ["counts.users"]}))).await;
    let id = found["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(found["data"][0]["counts"], json!({"users": 0}));
    let own = directory(&format!("groups/{id}"));
    it.expect(204, "POST", &format!("{own}/memberships"), Some(json!({"accountId": accounts::ACTIVE}))).await;
    it.expect(409, "POST", &format!("{own}/memberships"), Some(json!({"accountId": accounts::ACTIVE}))).await;
    let inactive = it.expect(400, "POST", &format!("{own}/memberships"), Some(json!({"accountId": accounts::DEACTIVATED}))).await;
    assert_eq!(inactive["errors"][0]["code"], "ADMIN-UAM-400-2");
    it.expect(
        200,
        "POST",
        &format!("{own}/role-assignments/assign"),
        Some(json!({"resourceId": seed::SERVICE_MANAGEMENT, "roleId": "atlassian/user"})),
    )
    .await;
    let roles = it.get(&directory(&format!("users/{}/role-assignments", accounts::ACTIVE))).await.body;
    let desk = roles["data"].as_array().unwrap().iter().find(|role| role["resourceId"] == seed::SERVICE_MANAGEMENT).unwrap();
    assert_eq!(desk["roleAssignments"], json!([{"role": "atlassian/user", "roleAssignmentMethods": ["group_direct"]}]));
    it.expect(
        204,
        "POST",
        &format!("{own}/role-assignments/revoke"),
        Some(json!({"resourceId": seed::SERVICE_MANAGEMENT, "roleId": "atlassian/user"})),
    )
    .await;
    it.expect(204, "DELETE", &format!("{own}/memberships/{}", accounts::ACTIVE), None).await;
    it.expect(404, "DELETE", &format!("{own}/memberships/{}", accounts::ACTIVE), None).await;
    it.expect(204, "DELETE", &own, None).await;
    assert_eq!(it.expect(404, "GET", &own, None).await["errors"][0]["code"], "ADMIN-UAM-404-3");

    assert_eq!(
        it.expect(409, "DELETE", &directory(&format!("groups/{}", groups::JIRA_USERS)), None).await["errors"][0]["code"],
        "ADMIN-UAM-409-1"
    );
    let admins = it.expect(403, "DELETE", &directory(&format!("groups/{}", groups::ORGANIZATION_ADMINS)), None).await;
    assert_eq!((&admins["status"], &admins["error"]), (&json!(403), &json!("Forbidden")), "403 has a shape of its own");
    it.expect(403, "POST", &directory(&format!("groups/{}/memberships", groups::SYNCED)), Some(json!({"accountId": accounts::ACTIVE})))
        .await;
    let stats = it.expect(200, "GET", &directory("groups/stats"), None).await;
    assert_eq!(stats["totals"], json!({"all": 12, "managed": 10, "synced": 2}));
}

#[tokio::test]
async fn invitations_may_fail_in_part() {
    let it = open();
    let path = format!("/admin/v2/orgs/{ORG}/users/invite");
    let invitation = json!({"emails": ["new.person@acme.example"], "additionalGroups": [groups::ENGINEERING], "permissionRules": [{"resource": seed::JIRA, "role": "atlassian/user"}]});
    let done = it.expect(200, "POST", &path, Some(invitation)).await;
    let id = done["data"][0]["id"].as_str().unwrap();
    assert_eq!(done["data"][0]["results"][0]["groupAssignmentResult"][0]["status"], "INVITED");
    assert_eq!(it.directory_status(&id.replace(':', "%3A")).await, "active");
    let part = it
        .expect(
            206,
            "POST",
            &path,
            Some(json!({"emails": ["someone@acme.example", "not an address"], "additionalGroups": [groups::ENGINEERING]})),
        )
        .await;
    assert_eq!(part["data"][1]["results"][0]["groupAssignmentResult"][0]["status"], "ERROR");
    assert_eq!(
        it.expect(
            400,
            "POST",
            &path,
            Some(json!({"emails": ["a@b.example"], "permissionRules": [{"resource": seed::JIRA, "role": "king"}]}))
        )
        .await["errors"][0]["code"],
        "ADMIN-UAM-400-3"
    );
}

#[tokio::test]
async fn workspaces_are_searched_with_operators() {
    let it = open();
    let path = format!("/admin/v2/orgs/{ORG}/workspaces");
    let all = it.expect(200, "POST", &path, empty()).await;
    assert_eq!((all["meta"]["total"].as_u64(), all["data"].as_array().unwrap().len()), (Some(3), 3));
    let query = json!({"and": [{"field": {"name": "attributes.typeKey", "values": ["jira-software", "confluence"]}}, {"nor": [{"field": {"name": "attributes.typeKey", "values": ["confluence"]}}]}]});
    let one = it.expect(200, "POST", &path, Some(json!({"query": query}))).await;
    assert_eq!((one["data"].as_array().unwrap().len(), &one["data"][0]["id"]), (1, &json!(seed::JIRA)));
    let page = it.expect(200, "POST", &path, Some(json!({"limit": 2}))).await;
    let rest = it.expect(200, "POST", &path, Some(json!({"cursor": page["links"]["next"]}))).await;
    assert_eq!((rest["data"].as_array().unwrap().len(), rest["meta"]["startIndex"].as_u64()), (1, Some(2)));
    assert!(rest["links"].get("next").is_none());
    assert_eq!(
        it.call("POST", &path, Some(json!({"cursor": page["links"]["next"], "limit": 2}))).await.status,
        400,
        "a cursor stands alone"
    );
}

// ---- keys, service accounts, levels

#[tokio::test]
async fn service_accounts_are_accounts_too() {
    let it = open();
    let path = format!("/admin/api-access/v1/orgs/{ORG}/service-accounts");
    let before = it.expect(200, "GET", &path, None).await["total"].as_u64().unwrap();
    let made = it.expect(201, "POST", &path, Some(json!({"displayName": "Robot", "additionalGroups": [groups::ENGINEERING]}))).await;
    assert_eq!(it.get(&path).await.body["total"].as_u64(), Some(before + 1));
    let id = made["id"].as_str().unwrap();
    it.expect(204, "DELETE", &format!("{path}/{id}"), None).await;
    it.expect(404, "DELETE", &format!("{path}/{id}"), None).await;
    let robots = it.expect(200, "GET", &format!("{path}/api-tokens?tokenLabel=pipeline"), None).await;
    assert_eq!(robots["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn token_lists_filter_by_time_and_sort() {
    let it = open();
    let path = format!("/admin/api-access/v1/orgs/{ORG}/api-tokens");
    let list =
        async |query: &str| it.expect(200, "GET", &format!("{path}?pageSize=100&{query}"), None).await["data"].as_array().unwrap().clone();
    let stale = list("lastActiveAtSearchType=gt&lastActiveAtUom=days&lastActiveAtValue=700").await;
    assert!(stale.iter().any(|token| token["id"] == tokens::STALE) && !stale.iter().any(|token| token["id"] == tokens::FRESH));
    assert!(list("status=BLOCKED").await.iter().any(|token| token["id"] == tokens::EXPIRED));
    let sorted = list("sort=-createdAt").await;
    let times: Vec<&str> = sorted.iter().map(|token| token["createdAt"].as_str().unwrap()).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]));
    let count = it.expect(200, "GET", &format!("{path}/count"), None).await["count"].as_u64().unwrap();
    assert_eq!(count as usize, sorted.len());
    let small = it.expect(200, "GET", &format!("{path}?pageSize=2"), None).await;
    let next = small["links"]["next"].as_str().unwrap();
    let second = it.expect(200, "GET", &format!("{path}?pageSize=2&cursor={next}"), None).await;
    assert_ne!(small["data"][0]["id"], second["data"][0]["id"]);
    it.expect(204, "DELETE", &path, None).await;
    assert_eq!(it.get(&format!("{path}/count")).await.body["count"], 0);
}

#[tokio::test]
async fn every_operation_of_the_catalog_is_served() {
    let it = open();
    let product = atlassian_cloud::catalog::product("admin").unwrap();
    let mut examples = Vec::new();
    for service in &product.services {
        for operation in &service.operations {
            let directory_key = product.credentials[usize::from(service.credential)].name == "directory";
            let mut path = operation.path.clone();
            for (name, value) in [("orgId", ORG), ("directoryId", if directory_key { seed::SCIM_DIRECTORY } else { "-" })] {
                path = path.replace(&format!("{{{name}}}"), value);
            }
            while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
                path.replace_range(start..=end, "x");
            }
            let body = (operation.body != atlassian_cloud::catalog::Body::None).then(|| json!({}));
            let token = if directory_key { seed::SCIM_TOKEN } else { seed::TOKEN };
            let answer = it.with(token, &operation.method, &path, body).await;
            assert_ne!(answer.status, 405, "{} {path}", operation.method);
            if answer.headers.contains_key("x-sandbox-example") {
                examples.push(format!("{} {}", operation.method, operation.path));
            }
        }
    }
    assert_eq!(examples, Vec::<String>::new(), "admin has a handler for everything");
}

// ---- SCIM

fn person(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "displayName": "New Person",
        "title": "Poet",
        "emails": [{"value": name, "type": "work", "primary": true}],
    })
}

#[tokio::test]
async fn scim_lists_filter_and_page() {
    let it = open();
    let first = it.call("GET", &scim_path("Users?startIndex=1&count=10"), None).await;
    assert_eq!(first.headers["content-type"], "application/scim+json");
    let total = first.body["totalResults"].as_u64().unwrap();
    assert_eq!((first.body["itemsPerPage"].as_u64(), first.body["startIndex"].as_u64()), (Some(10), Some(1)));
    let second = it.get(&scim_path("Users?startIndex=11&count=100")).await.body;
    assert_eq!(second["Resources"].as_array().unwrap().len() as u64 + 10, total);
    let one = it.get(&scim_path("Users?filter=userName%20eq%20%22SARA.synced@acme.example%22")).await.body;
    assert_eq!((one["totalResults"].as_u64(), &one["Resources"][0]["id"]), (Some(1), &json!(scim::USER)));
    assert_eq!(one["Resources"][0]["urn:scim:schemas:extension:atlassian-external:1.0"]["atlassianAccountId"], accounts::SCIM_MANAGED);
    let external = it.get(&scim_path("Users?filter=externalId%20eq%20%22okta-0000%22")).await.body;
    assert_eq!(external["totalResults"], 1);
    for filter in
        ["displayName%20eq%20%22x%22", "userName%20co%20%22x%22", "userName%20eq%20x", "userName%20eq%20%22x%22%20and%20active%20eq%20true"]
    {
        let answer = it.get(&scim_path(&format!("Users?filter={filter}"))).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"], &answer.body["status"]),
            (400, &json!("invalidFilter"), &json!("400")),
            "{filter}"
        );
    }
    assert_eq!(it.get(&scim_path("Groups?filter=displayName%20eq%20%22okta-engineering%22")).await.body["Resources"][0]["id"], scim::GROUP);
    assert_eq!(it.get("/scim/directory/other/Users").await.status, 404);
}

#[tokio::test]
async fn scim_projects_attributes() {
    let it = open();
    let some = it.get(&scim_path(&format!("Users/{}?attributes=userName,emails.value", scim::USER))).await.body;
    assert_eq!(some["emails"], json!([{"value": "sara.synced@acme.example"}]));
    assert!(some["id"].is_string() && some.get("title").is_none());
    let rest = it.get(&scim_path(&format!("Users/{}?excludedAttributes=title,emails.type", scim::USER))).await.body;
    assert!(rest.get("title").is_none() && rest["emails"][0].get("type").is_none() && rest["emails"][0]["primary"] == true);
    assert_eq!(it.get(&scim_path(&format!("Users/{}?attributes=title&excludedAttributes=name", scim::USER))).await.status, 400);
}

#[tokio::test]
async fn a_provisioned_user_is_an_account() {
    let it = open();
    let made = it.expect(201, "POST", &scim_path("Users"), Some(person("poet@acme.example"))).await;
    let account = made["urn:scim:schemas:extension:atlassian-external:1.0"]["atlassianAccountId"].as_str().unwrap().replace(':', "%3A");
    let profile = it.expect(200, "GET", &manage(&account, "/profile"), None).await;
    assert_eq!((&profile["account"]["name"], &profile["account"]["extended_profile"]["job_title"]), (&json!("New Person"), &json!("Poet")));
    let again = it.expect(409, "POST", &scim_path("Users"), Some(person("POET@acme.example"))).await;
    assert_eq!(
        (&again["scimType"], &again["status"], &again["schemas"][0]),
        (&json!("uniqueness"), &json!("409"), &json!("urn:ietf:params:scim:api:messages:2.0:Error"))
    );
    assert_eq!(it.expect(400, "POST", &scim_path("Users"), Some(person("poet@acme-labs.example"))).await["scimType"], "invalidValue");
    // An address that an account has already links the two.
    let linked = it.expect(201, "POST", &scim_path("Users"), Some(person("vera.mars@acme.example"))).await;
    assert_eq!(linked["urn:scim:schemas:extension:atlassian-external:1.0"]["atlassianAccountId"], accounts::ACTIVE);
    it.expect(403, "POST", &manage(accounts::ACTIVE, "/lifecycle/disable"), empty()).await;
    let links =
        it.expect(200, "GET", &format!("/admin/user-provisioning/v1/org/{ORG}/user/{}/get-scim-links", accounts::ACTIVE), None).await;
    assert_eq!(links["scimLinks"][0]["scimUserId"], linked["id"]);
    let mut none = person("nobody@acme.example");
    none["emails"][0]["primary"] = json!(false);
    it.expect(400, "POST", &scim_path("Users"), Some(none)).await;
}

#[tokio::test]
async fn scim_users_are_patched_in_all_forms() {
    let it = open();
    let own = scim_path(&format!("Users/{}", scim::USER));
    let patch = async |operations: Value| {
        it.call("PATCH", &own, Some(json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}))).await
    };
    let body = patch(json!([
        {"op": "replace", "path": "title", "value": "Chief"},
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "sara@acme.example"},
        {"op": "add", "value": {"nickName": "sa", "name.givenName": "Sarah"}},
        {"op": "remove", "path": "department"},
    ]))
    .await
    .body;
    assert_eq!(
        (&body["title"], &body["emails"][0]["value"], &body["nickName"], &body["name"]["givenName"]),
        (&json!("Chief"), &json!("sara@acme.example"), &json!("sa"), &json!("Sarah"))
    );
    assert!(body.get("department").is_none() && body["name"]["familyName"] == "Synced");
    let profile = it.get(&manage(&accounts::SCIM_MANAGED.replace(':', "%3A"), "/profile")).await.body;
    assert_eq!((&profile["account"]["email"], &profile["account"]["nickname"]), (&json!("sara@acme.example"), &json!("sa")));
    assert!(profile["account"]["extended_profile"].get("department").is_none());

    assert_eq!(patch(json!([{"op": "replace", "value": {"active": false}}])).await.body["active"], false);
    assert_eq!(it.directory_status(&accounts::SCIM_MANAGED.replace(':', "%3A")).await, "deactivated");
    assert_eq!(patch(json!([{"op": "replace", "path": "active", "value": "True"}])).await.body["active"], true);
    for (operations, kind) in [
        (json!([]), "invalidSyntax"),
        (json!([{"op": "jump", "path": "title", "value": "x"}]), "invalidSyntax"),
        (json!([{"op": "replace", "path": "shoes", "value": "x"}]), "invalidPath"),
        (json!([{"op": "replace", "path": "id", "value": "x"}]), "mutability"),
        (json!([{"op": "remove", "path": "emails[type eq \"home\"]"}]), "noTarget"),
        (json!([{"op": "remove"}]), "noTarget"),
        (json!([{"op": "remove", "path": "emails"}]), "invalidValue"),
    ] {
        let answer = patch(operations.clone()).await;
        assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!(kind)), "{operations}");
    }
}

#[tokio::test]
async fn put_clears_what_is_left_out() {
    let it = open();
    let own = scim_path(&format!("Users/{}", scim::USER));
    let mut whole = it.get(&own).await.body;
    whole.as_object_mut().unwrap().remove("title");
    // What was read can be sent back, read-only parts and all.
    let body = it.expect(200, "PUT", &own, Some(whole)).await;
    assert!(body.get("title").is_none() && body["displayName"] == "Sara Synced");
    let body = it.expect(200, "PUT", &own, Some(person("sara.synced@acme.example"))).await;
    assert!(body.get("nickName").is_none() && body["title"] == "Poet" && body["id"] == scim::USER);
}

#[tokio::test]
async fn a_deleted_scim_user_is_deactivated_and_gone() {
    let it = open();
    let own = scim_path(&format!("Users/{}", scim::USER));
    it.expect(204, "DELETE", &own, None).await;
    for (method, body) in
        [("GET", None), ("DELETE", None), ("PATCH", Some(json!({"Operations": [{"op": "replace", "path": "title", "value": "x"}]})))]
    {
        assert_eq!(it.expect(404, method, &own, body).await["status"], "404");
    }
    let account = accounts::SCIM_MANAGED.replace(':', "%3A");
    assert_eq!(it.directory_status(&account).await, "deactivated");
    let group = it.get(&scim_path(&format!("Groups/{}", scim::GROUP))).await.body;
    assert!(!group["members"].as_array().unwrap().iter().any(|member| member["value"] == scim::USER));
    let back = it.expect(201, "POST", &scim_path("Users"), Some(person("sara.synced@acme.example"))).await;
    assert_ne!(back["id"], scim::USER);
    assert_eq!(it.directory_status(&account).await, "active");
}

#[tokio::test]
async fn scim_groups_change_members_but_not_names() {
    let it = open();
    let made =
        it.expect(201, "POST", &scim_path("Groups"), Some(json!({"displayName": "poets", "members": [{"value": scim::USER}]}))).await;
    let own = scim_path(&format!("Groups/{}", made["id"].as_str().unwrap()));
    assert_eq!(it.expect(409, "POST", &scim_path("Groups"), Some(json!({"displayName": "Poets"}))).await["scimType"], "uniqueness");
    // It stands in the directory, closed to others.
    let twin =
        it.expect(200, "POST", &directory("groups/search"), Some(json!({"groupNames": ["poets"], "expand": ["counts.users"]}))).await;
    assert_eq!((&twin["data"][0]["managedBy"], &twin["data"][0]["managementAccess"]["modifiable"]), (&json!("external"), &json!(false)));
    assert_eq!((&twin["data"][0]["externalSynced"], &twin["data"][0]["counts"]["users"]), (&json!(true), &json!(1)));
    let other = it.get(&scim_path("Users?startIndex=2&count=1")).await.body["Resources"][0]["id"].as_str().unwrap().to_owned();
    let patch = async |operations: Value| it.call("PATCH", &own, Some(json!({"Operations": operations}))).await;
    let body = patch(json!([{"op": "add", "path": "members", "value": [{"value": other}]}])).await.body;
    assert_eq!(body["members"].as_array().unwrap().len(), 2);
    let body = patch(json!([{"op": "remove", "path": format!("members[value eq \"{other}\"]")}])).await.body;
    assert_eq!(body["members"].as_array().unwrap().len(), 1);
    let body = patch(json!([{"op": "replace", "value": {"members": [{"value": other}]}}])).await.body;
    assert_eq!(body["members"][0]["value"], other.as_str());
    assert_eq!(patch(json!([{"op": "add", "path": "members", "value": [{"value": "nobody"}]}])).await.status, 404);
    let rename = patch(json!([{"op": "replace", "path": "displayName", "value": "bards"}])).await;
    assert_eq!((rename.status, &rename.body["scimType"]), (400, &json!("mutability")));
    assert_eq!(it.call("PUT", &own, Some(json!({"displayName": "poets", "members": [{"value": "nobody"}]}))).await.status, 400);
    assert!(it.expect(200, "PUT", &own, Some(json!({"displayName": "poets"}))).await["members"].as_array().unwrap().is_empty());
    it.expect(204, "DELETE", &own, None).await;
    it.expect(404, "GET", &own, None).await;
    assert!(
        it.expect(200, "POST", &directory("groups/search"), Some(json!({"groupNames": ["poets"]}))).await["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // A built-in name looks well and is not synced.
    it.expect(201, "POST", &scim_path("Groups"), Some(json!({"displayName": "jira-users-acme", "members": [{"value": scim::USER}]}))).await;
    assert_eq!(it.get(&directory(&format!("groups/{}", groups::JIRA_USERS))).await.body["data"]["externalSynced"], false);
}

#[tokio::test]
async fn the_scim_server_describes_itself() {
    let it = open();
    let schemas = it.expect(200, "GET", &scim_path("Schemas"), None).await;
    assert_eq!(schemas["totalResults"], 3);
    let user = it.expect(200, "GET", &scim_path("Schemas/urn:ietf:params:scim:schemas:core:2.0:User"), None).await;
    assert_eq!(user["name"], "User");
    assert_eq!(it.expect(200, "GET", &scim_path("ServiceProviderConfig"), None).await["patch"]["supported"], true);
    assert_eq!(it.expect(200, "GET", &scim_path("ResourceTypes/Group"), None).await["endpoint"], "/Groups");
}

// ---- faults

#[tokio::test]
async fn a_status_stands_in_for_the_answer() {
    let it = open();
    it.fault(json!({"kind": "respond", "status": 429, "headers": [["Retry-After", "7"]], "path": "/users", "times": 2}));
    assert_eq!(it.get("/admin/v1/orgs").await.status, 200, "another path");
    let answer = it.get(&v1("users")).await;
    assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(it.get(&v1("users")).await.status, 429);
    assert_eq!(it.get(&v1("users")).await.status, 200, "used up");
}

#[tokio::test]
async fn a_fault_may_come_after_the_work_is_done() {
    let it = open();
    let disable = manage(accounts::ACTIVE, "/lifecycle/disable");
    it.fault(json!({"kind": "respond", "status": 503}));
    assert_eq!(it.call("POST", &disable, empty()).await.status, 503);
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active", "instead of the work");
    it.fault(json!({"kind": "respond", "status": 503, "execute": true}));
    assert_eq!(it.call("POST", &disable, empty()).await.status, 503);
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "deactivated", "after the work");
    let executed: Vec<bool> =
        it.sandbox.requests().iter().filter(|request| request.method == "POST").map(|request| request.executed).collect();
    assert_eq!(executed, [false, true]);
}

#[tokio::test]
async fn connections_drop_before_after_and_in_the_middle() {
    let it = open();
    let disable = manage(accounts::ACTIVE, "/lifecycle/disable");
    it.fault(json!({"kind": "drop", "when": "before"}));
    assert!(it.request("POST", &disable, seed::TOKEN, empty()).send().await.is_err());
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active");
    it.fault(json!({"kind": "drop", "when": "after"}));
    assert!(it.request("POST", &disable, seed::TOKEN, empty()).send().await.is_err());
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "deactivated");
    it.fault(json!({"kind": "drop", "when": "midbody"}));
    let response = it.request("GET", &v1("users"), seed::TOKEN, None).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.content_length().unwrap() > 1_000);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn answers_come_late() {
    let it = open();
    it.fault(json!({"kind": "delay", "ms": 150}));
    let started = Instant::now();
    assert_eq!(it.get("/admin/v1/orgs").await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
    // A client that gives up early has not been served, unless the work comes first.
    it.fault(json!({"kind": "delay", "ms": 400, "times": 1}));
    let disable = manage(accounts::ACTIVE, "/lifecycle/disable");
    assert!(it.request("POST", &disable, seed::TOKEN, empty()).timeout(Duration::from_millis(50)).send().await.unwrap_err().is_timeout());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active");
    it.fault(json!({"kind": "delay", "ms": 400, "execute": true}));
    assert!(it.request("POST", &disable, seed::TOKEN, empty()).timeout(Duration::from_millis(100)).send().await.unwrap_err().is_timeout());
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "deactivated");
}

#[tokio::test]
async fn a_body_drips_for_ever() {
    let it = open();
    it.fault(json!({"kind": "drip", "interval_ms": 5}));
    let mut response = it.request("GET", "/admin/v1/orgs", seed::TOKEN, None).send().await.unwrap();
    assert!(response.content_length().is_none());
    let first = response.chunk().await.unwrap().unwrap();
    assert_eq!(first.as_ref(), b"{");
    let all = tokio::time::timeout(Duration::from_millis(300), response.bytes()).await;
    assert!(all.is_err(), "it never ends");
}

#[tokio::test]
async fn bombs_bytes_pages_and_redirects() {
    let it = open();
    it.fault(json!({"kind": "gzip_bomb", "bytes": 20_000_000}));
    let response = it.request("GET", "/admin/v1/orgs", seed::TOKEN, None).send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap().len(), 20_000_000);
    // base64 of "{\"a\":"
    it.fault(json!({"kind": "respond", "body": "eyJhIjo="}));
    let response = it.request("GET", "/admin/v1/orgs", seed::TOKEN, None).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap()), (200, "{\"a\":".to_owned()));
    it.fault(json!({"kind": "respond", "body_size": 3_000_000, "headers": [["content-type", "text/html"]]}));
    let response = it.request("GET", "/admin/v1/orgs", seed::TOKEN, None).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.bytes().await.unwrap().len(), 3_000_000);
    it.fault(json!({"kind": "respond", "status": 302, "headers": [["location", "http://other.example/"]]}));
    let response = it.request("GET", "/admin/v1/orgs", seed::TOKEN, None).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (302, "http://other.example/"));
}

#[tokio::test]
async fn an_empty_page_loses_nobody() {
    let it = open();
    it.fault(json!({"kind": "empty_page", "after": 1}));
    let (mut path, mut sizes) = (v1("users"), Vec::new());
    loop {
        let page = it.expect(200, "GET", &path, None).await;
        sizes.push(page["data"].as_array().unwrap().len());
        let Some(next) = page["links"]["next"].as_str() else { break };
        path = next.strip_prefix(it.sandbox.url()).unwrap().to_owned();
    }
    assert_eq!(sizes, [100, 0, 100, 60]);
}

#[tokio::test]
async fn requests_are_recorded_without_secrets() {
    let it = open();
    it.call("POST", &directory("users/search"), Some(json!({"searchTerm": "ä"}))).await;
    it.get("/nowhere?q=a%20b").await;
    let requests = it.sandbox.requests();
    let search = &requests[0];
    assert_eq!((search.method.as_str(), search.executed, search.status), ("POST", true, 200));
    assert_eq!(search.body.as_ref(), "{\"searchTerm\":\"ä\"}".as_bytes());
    assert!(search.headers.contains(&("authorization".to_owned(), "Bearer".to_owned())));
    assert_eq!((requests[1].path.as_str(), requests[1].executed, requests[1].status), ("/nowhere?q=a%20b", false, 404));
    assert!(!serde_json::to_string(&requests).unwrap().contains(seed::TOKEN));
}

#[tokio::test]
async fn reset_brings_everything_back() {
    let it = open();
    it.expect(204, "POST", &manage(accounts::ACTIVE, "/lifecycle/disable"), empty()).await;
    it.fault(json!({"kind": "respond", "status": 500, "times": 0}));
    assert_eq!(it.get("/admin/v1/orgs").await.status, 500);
    assert_eq!(it.get("/admin/v1/orgs").await.status, 500, "0 times is always");
    it.sandbox.reset();
    assert!(it.sandbox.requests().is_empty());
    assert_eq!(it.directory_status(accounts::ACTIVE).await, "active");
}

// ---- the connection

#[tokio::test]
async fn a_closed_box_refuses() {
    let it = open();
    assert_eq!(it.get("/admin/v1/orgs").await.status, 200);
    let address = it.sandbox.url().strip_prefix("http://").unwrap().to_owned();
    it.sandbox.close();
    assert_eq!(std::net::TcpStream::connect(&address).unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(it.request("GET", "/admin/v1/orgs", seed::TOKEN, None).send().await.is_err());
    it.sandbox.close();
    // The port is free again at once.
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    let again = Sandbox::start(Options { port, ..Options::default() }).unwrap();
    assert!(again.url().ends_with(&address));
}

#[tokio::test]
async fn tls_with_the_throw_away_ca_speaks_http2() {
    let sandbox = Sandbox::start(Options { tls: true, ..Options::default() }).unwrap();
    assert!(sandbox.url().starts_with("https://"));
    let ca = reqwest::Certificate::from_pem(sandbox.ca_pem().unwrap().as_bytes()).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
    let get = |http: &reqwest::Client| {
        http.get(format!("{}/admin/v1/orgs", sandbox.url())).header("authorization", format!("Bearer {}", seed::TOKEN)).send()
    };
    let response = get(&http).await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, reqwest::Version::HTTP_2));
    assert_eq!(sandbox.requests()[0].version, "HTTP/2.0");
    // Who does not know the CA does not trust it.
    let other = Sandbox::start(Options { tls: true, ..Options::default() }).unwrap();
    let foreign = reqwest::Certificate::from_pem(other.ca_pem().unwrap().as_bytes()).unwrap();
    let stranger = reqwest::Client::builder().no_proxy().tls_certs_only([foreign]).build().unwrap();
    assert!(get(&stranger).await.is_err());
}

#[tokio::test]
async fn plain_http2_works_with_prior_knowledge_and_drops_too() {
    let it = open();
    let roots: [reqwest::Certificate; 0] = [];
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(roots)
        .http2_prior_knowledge()
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let get = || http.get(format!("{}/admin/v1/orgs", it.sandbox.url())).header("authorization", format!("Bearer {}", seed::TOKEN)).send();
    assert_eq!(get().await.unwrap().version(), reqwest::Version::HTTP_2);
    it.fault(json!({"kind": "drop", "when": "after"}));
    let error = get().await.unwrap_err();
    assert!(!error.is_timeout(), "{error:?}");
}
