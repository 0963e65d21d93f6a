"""Atlassian's OpenAPI documents as catalog entries: read, proposed, merged with what is curated, reported."""
