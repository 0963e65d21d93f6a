"""The builder of documents: what may stand where is known to checkers."""

from atlassian_cloud import Confluence, Jira, Markdown, adf, storage


def documents(jira: Jira, confluence: Confluence) -> str:
    line: adf.Text = adf.strong(adf.em("x"))
    document: adf.Doc = adf.doc(
        adf.paragraph("a ", line, adf.status("OK", "green")),
        adf.bullet_list("one", adf.list_item(adf.paragraph("two"))),
        adf.marked(adf.code_block("x", "python"), adf.breakout("wide")),
        adf.table(adf.table_row(adf.table_header("h"), adf.table_cell(adf.panel("info", adf.paragraph("p"))))),
    )
    jira.issues.comments.add("PROJ-1", body=document)
    jira.issues.comments.add("PROJ-1", body=Markdown("**hi**"))
    jira.issues.create(fields={"description": Markdown("**hi**")})
    confluence.pages.create(space_id="1", body=Markdown("**hi**"))
    adf.validate(document)
    return adf.to_html(document) + storage.from_markdown(Markdown("x")) + adf.to_markdown(adf.from_markdown("x"))
