//! Files of requests: uploaded to the desk first, attached with a comment then.

use serde_json::{Value, json};

use super::super::call::{Call, Handler, Outcome};
use super::super::jira::issues as jira_issues;
use super::super::jira::store::{Attachment, Issue};
use super::super::reply::{Refusal, Reply};
use super::super::seed::accounts::ORGANIZATION_ADMIN as MYSELF;
use super::super::store::State;
use super::{comments, page, requests, shown};

pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/request/{}/attachment", list),
    ("POST /rest/servicedeskapi/request/{}/attachment", attach),
    ("GET /rest/servicedeskapi/request/{}/attachment/{}", download),
    ("GET /rest/servicedeskapi/request/{}/attachment/{}/thumbnail", download),
];

fn body(state: &State, issue: &Issue, file: &Attachment) -> Value {
    let (url, id) = (&state.url, file.id);
    let mut links = json!({
        "self": format!("{url}/rest/servicedeskapi/request/{}/attachment/{id}", issue.id),
        "jiraRest": format!("{url}/rest/api/2/attachment/{id}"),
        "content": format!("{url}/rest/servicedeskapi/request/{}/attachment/{id}", issue.id),
    });
    if let (true, Some(links)) = (file.content_type.starts_with("image/"), links.as_object_mut()) {
        let address = format!("{url}/rest/servicedeskapi/request/{}/attachment/{id}/thumbnail", issue.id);
        links.insert("thumbnail".to_owned(), json!(address));
    }
    json!({
        "filename": file.file_name,
        "author": shown::user(state, &file.author),
        "created": shown::moment(state, file.created),
        "size": file.size,
        "mimeType": file.content_type,
        "_links": links,
    })
}

pub fn all(state: &State, issue: &Issue) -> Vec<Value> {
    issue.attachments.iter().map(|file| body(state, issue, file)).collect()
}

/// Those that came with a comment.
pub fn of_comment(state: &State, issue: &Issue, comment: u64) -> Vec<Value> {
    let ids = requests::record(state, issue.id).attached.remove(&comment).unwrap_or_default();
    issue.attachments.iter().filter(|file| ids.contains(&file.id)).map(|file| body(state, issue, file)).collect()
}

fn list(state: &mut State, call: &Call) -> Outcome {
    let (issue, _) = requests::find(state, call)?;
    page::of(state, call, &all(state, issue), Value::clone)
}

fn attach(state: &mut State, call: &Call) -> Outcome {
    let (issue, kind) = requests::find(state, call)?;
    let (issue, desk) = (issue.id, kind.desk);
    let ids = call.texts("temporaryAttachmentIds");
    let known = |id: &&String| state.service_management.temporary.get(*id).is_some_and(|file| file.desk == desk);
    if let Some(unknown) = ids.iter().find(|id| !known(id)) {
        return Err(Refusal::new(400, "", format!("No file was uploaded to the service desk as {unknown}, or it has expired.")));
    }
    if ids.is_empty() {
        return Err(Refusal::new(400, "", "Name at least one uploaded file."));
    }
    let now = state.now();
    let mut files = Vec::new();
    for id in &ids {
        let Some(file) = state.service_management.temporary.remove(id) else { continue };
        state.files.rename_one(&format!("temporary/{}", file.number), format!("attachment/{}", file.number));
        files.push(Attachment {
            id: file.number,
            file_name: file.file_name,
            author: MYSELF.to_owned(),
            created: now,
            size: file.size,
            content_type: file.content_type,
        });
    }
    let numbers: Vec<u64> = files.iter().map(|file| file.id).collect();
    // The comment links to what came with it.
    let names: Vec<String> = files.iter().map(|file| format!("[^{}]", file.file_name)).collect();
    let text = call.body.pointer("/additionalComment/body").and_then(Value::as_str).unwrap_or_default();
    let text = [text, names.join(" ").as_str()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n");
    jira_issues::change(state, issue, MYSELF, |issue| issue.attachments.extend(files));
    let public = call.body.get("public").and_then(Value::as_bool).unwrap_or(true);
    let comment = comments::write(state, issue, &text, public);
    let record = requests::record_mut(state, issue);
    if !public {
        record.internal_files.extend(&numbers);
    }
    record.attached.insert(comment, numbers);
    let (issue, _) = requests::find(state, call)?;
    let shown = issue.comments.iter().find(|known| known.id == comment).map(|comment| comments::body(state, issue, comment, &[]));
    let path = format!("/rest/servicedeskapi/request/{}/comment/{comment}/attachment", issue.id);
    let attachments = page::inside(state, &path, &of_comment(state, issue, comment));
    Ok(Reply::new(201, json!({"comment": shown, "attachments": attachments})))
}

fn download(state: &mut State, call: &Call) -> Outcome {
    let (issue, _) = requests::find(state, call)?;
    let id = call.argument(1);
    let known = issue.attachments.iter().any(|file| file.id.to_string() == id);
    let given = if known { state.give(&format!("attachment/{id}"), Some(303), &call.headers) } else { None };
    given.ok_or_else(|| Refusal::new(404, "", format!("The request has no attachment {id}.")))
}
