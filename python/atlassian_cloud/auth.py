"""OAuth 2.0: credentials that end and are renewed, for the `auth=` of a client, and where their tokens are kept.

One object serves any number of clients, sync and async, and threads: however many calls wait, one token request is
under way. A token is renewed a minute before it ends, and when a server refuses it. Methods of these classes block: in
asyncio call them through `asyncio.to_thread`.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import re
import secrets
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, cast
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from . import _native, _tokens  # pyright: ignore[reportPrivateUsage]
from ._client import from_environment
from .errors import ApiError, AuthenticationError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AccessibleResource",
    "ClientCredentials",
    "FileTokenStore",
    "MemoryTokenStore",
    "OAuth",
    "Token",
    "TokenStore",
]

_AUTHORIZATION_SERVER = "https://auth.atlassian.com"
_GATEWAY = "https://api.atlassian.com"

# A token that ends sooner is not handed out any more.
_EARLY = timedelta(seconds=60)

# What fits into a header.
_SENDABLE = re.compile(r"[\x21-\x7e]+")

_OUTAGE = "the token server, or something before it, is out of order; the credential may be good: try again later"


@dataclass(frozen=True)
class Token:
    """What an authorization server gave. Its secrets are in no repr, and it is not pickled: `to_dict` is for stores."""

    access_token: str = field(repr=False)
    expires_at: datetime | None = None
    """When the access token ends, with a time zone; None: nobody said."""
    refresh_token: str | None = field(default=None, repr=False)
    """Buys the next token, once; None without the scope ``offline_access``."""
    scopes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_type("access_token", self.access_token, str)
        _check_type("expires_at", self.expires_at, datetime, type(None))
        _check_type("refresh_token", self.refresh_token, str, type(None))
        _check_type("scopes", self.scopes, tuple)
        for scope in self.scopes:
            _check_type("scopes", scope, str)
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at: needs a time zone, such as datetime.now(timezone.utc) has")

    def to_dict(self) -> dict[str, Any]:
        """Return all of it, secrets too, as values that JSON knows."""
        return {
            "access_token": self.access_token,
            "expires_at": self.expires_at.timestamp() if self.expires_at else None,
            "refresh_token": self.refresh_token,
            "scopes": list(self.scopes),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Token:
        """Make a token of what `to_dict` returned.

        Raises:
            TypeError: Something is of another type; no value is told, for it may be a secret.
            ValueError: There is no access token, or its end is out of range.
        """
        _check_type("fields", fields, Mapping)
        if "access_token" not in fields:
            raise ValueError("access_token: is missing")
        ends, scopes = fields.get("expires_at"), fields.get("scopes")
        _check_type("expires_at", ends, int, float, type(None))
        _check_type("scopes", scopes, list, tuple, type(None))
        try:
            expires_at = None if ends is None else datetime.fromtimestamp(ends, timezone.utc)
        except (ValueError, OverflowError, OSError):
            raise ValueError("expires_at: is out of range; expected seconds since 1970") from None
        return cls(
            access_token=fields["access_token"],
            expires_at=expires_at,
            refresh_token=fields.get("refresh_token"),
            scopes=tuple(scopes or ()),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("Token holds secrets and is not pickled; `to_dict()` gives what a store has to keep")


class TokenStore(Protocol):
    """Keeps the token of one user between runs. Write your own for a database or a vault; it is called by one thread at a time."""

    def load(self) -> Token | None:
        """Return the token saved last; None if there is none."""
        ...

    def save(self, token: Token) -> None:
        """Keep this token in the place of the last one; return when it is safe, for only then it is used."""
        ...


class MemoryTokenStore:
    """Keeps the token as long as the program runs."""

    def __init__(self, token: Token | None = None) -> None:
        self._token = token

    def load(self) -> Token | None:
        return self._token

    def save(self, token: Token) -> None:
        self._token = token


class FileTokenStore:
    """Keeps the token in a file that its owner alone may read, replaced as a whole: a crash leaves the old or the new one.

    Args:
        path: The file; it need not exist, its folder must.

    Raises:
        ConfigurationError: The path is a folder, or its folder does not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # A link stays one: what it leads to is replaced.
        self._path = Path(path).resolve()
        if self._path.is_dir():
            raise ConfigurationError(f"path: {self._path} is a folder; name a file in it")
        if not self._path.parent.is_dir():
            raise ConfigurationError(f"path: {self._path}: its folder does not exist; make it first")

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"

    def load(self) -> Token | None:
        try:
            return Token.from_dict(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, RecursionError):
            # Nothing of the content is told: it may be a secret.
            raise ConfigurationError(f"{self._path} holds no token; remove it and let the user consent again") from None

    def save(self, token: Token) -> None:
        # Made with mode 0600.
        descriptor, draft = tempfile.mkstemp(dir=self._path.parent, prefix=".token-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(token.to_dict(), file)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self._path)
        except BaseException:
            Path(draft).unlink()
            raise
        if os.name == "posix":
            # The new name is there; that it outlasts a power failure is more than some folders and file systems allow to ask for.
            with contextlib.suppress(OSError):
                folder = os.open(self._path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)


@dataclass(frozen=True)
class AccessibleResource:
    """A site that a token is good for. A site with several products is listed once for each."""

    cloud_id: str
    name: str
    url: str
    scopes: tuple[str, ...]


class _Options(TypedDict):
    timeout: float
    proxy: str | None
    trust_env: bool
    ca_bundle: str | os.PathLike[str] | None
    verify: bool


class _TokenServer:
    """Asks for tokens, as one application."""

    def __init__(
        self, url: str, authentication: str, client_id: str, client_secret: str, base_url: str | None, options: _Options
    ) -> None:
        parts = urlsplit(url)
        self._path = parts.path
        self._identity = {"client_id": client_id, "client_secret": client_secret}
        self._headers: dict[str, str] | None = None
        if authentication == "client_secret_basic":
            self._headers = {"Authorization": _basic(client_id, client_secret)}
            self._identity = {}
        self._client = _native.Client.of_server(base_url or f"{parts.scheme}://{parts.netloc}", None, dict(options))

    def ask(self, fields: Mapping[str, str], hint: str, *, repeatable: bool) -> Token:
        try:
            answer = self._client.post_form(self._path, {**fields, **self._identity}, self._headers, repeatable)
        except ApiError as error:
            self._hide_echoes(error, fields)
            if error.status < 400:
                # What came may hold a token, and is not shown.
                error.args = (f"POST {self._path}: {error.status}: the answer of the token server is no JSON",)
                error.response = None
                raise _with_hint(error, _OUTAGE) from None
            # An error without a description is read as a message.
            codes = {error.code, *(message.text for message in error.messages)}
            if error.status >= 500 or (not codes - {None} and error.hint is None):
                raise _with_hint(error, _OUTAGE) from None
            if codes & {"access_denied", "invalid_client"}:
                raise _with_hint(error, "client_id or client_secret is wrong") from None
            if codes & {"invalid_grant", "unauthorized_client"}:
                raise _with_hint(error, hint) from None
            raise
        told: Any = answer if isinstance(answer, _native.Model) else dict[str, Any]()
        access_token, refresh_token = told.get("access_token"), told.get("refresh_token")
        if not isinstance(access_token, str) or not _SENDABLE.fullmatch(access_token):
            raise AuthenticationError(
                f"POST {self._path}: the answer of the token server has no access_token that could be sent"
            )
        lifetime, scopes = told.get("expires_in"), told.get("scope") or told.get("scopes")
        # Longer than a hundred years is no time to count with.
        life = lifetime if isinstance(lifetime, int) and 0 <= lifetime < 3_200_000_000 else None
        return Token(
            access_token=access_token,
            expires_at=datetime.now(timezone.utc) + timedelta(seconds=life) if life is not None else None,
            refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token.strip() else None,
            scopes=tuple(scopes.split()) if isinstance(scopes, str) else (),
        )

    def _hide_echoes(self, error: ApiError, fields: Mapping[str, str]) -> None:
        """Some servers, or what stands before them, send back what they were sent."""
        sent = {**fields, **self._identity}
        secrets = [sent[name] for name in ("client_secret", "refresh_token", "code") if sent.get(name)]
        secrets += [header.partition(" ")[2] for header in (self._headers or {}).values()]
        shown = [str(error), repr(error.messages), str(error.code)]
        shown.append(error.response.content.decode("utf-8", "replace") if error.response is not None else "")
        forms = {
            form for secret in secrets for form in (secret, quote(secret), quote_plus(secret), json.dumps(secret)[1:-1])
        }
        if any(form in text for form in forms for text in shown):
            error.messages, error.code, error.response = [], None, None
            error.args = (
                f"POST {self._path}: {error.status}: the answer is not shown, for it repeats the request's secrets",
            )


class _RefreshGrant:
    """Renews the token in a store: one renewal at a time, and none while a new consent is saved."""

    def __init__(self, server: _TokenServer, store: TokenStore) -> None:
        self._server = server
        self._store = store
        self._turns = (os.getpid(), threading.RLock())
        # Came, but could not be saved yet.
        self.unsaved: Token | None = None

    @property
    def _turn(self) -> threading.RLock:
        # A child may have got it from a thread that it does not have.
        if self._turns[0] != os.getpid():
            self._turns = (os.getpid(), threading.RLock())
        return self._turns[1]

    def fetch(self, refused: str | None) -> tuple[str, float | None]:
        with self._turn:
            return self._fetch(refused)

    def _fetch(self, refused: str | None) -> tuple[str, float | None]:
        if self.unsaved is not None:
            return _handed_out(self.save(self.unsaved))
        # Other people's code may return anything.
        held = cast("object", self._store.load())
        if held is not None and not isinstance(held, Token):
            raise TypeError(
                f"store: load() must return a Token or None, not {type(held).__name__}; see Token.from_dict"
            )
        if held is None:
            raise ConfigurationError(
                "OAuth: the store holds no token; send the user to authorization_url() and pass exchange() where they return"
            )
        # Another process may have renewed it.
        ends_soon = held.expires_at is not None and held.expires_at - datetime.now(timezone.utc) < _EARLY
        if held.access_token != refused and not ends_soon:
            return _handed_out(held)
        if held.refresh_token is None:
            raise ConfigurationError(
                "OAuth: the access token has ended, and there is no refresh token; ask for the scope offline_access, and "
                "let the user consent again"
            )
        # Repeatable: for ten minutes Atlassian takes a rotated refresh token once more, for answers that were lost.
        fresh = self._server.ask(
            {"grant_type": "refresh_token", "refresh_token": held.refresh_token},
            "the refresh token was used by another program more than ten minutes ago, was revoked, or has ended (after 90 days "
            "without use, 365 in all); let the user consent again: authorization_url(), then exchange()",
            repeatable=True,
        )
        if fresh.refresh_token is None:
            fresh = Token(fresh.access_token, fresh.expires_at, held.refresh_token, fresh.scopes)
        return _handed_out(self.save(fresh))

    def save(self, token: Token) -> Token:
        with self._turn:
            return self._save(token)

    def _save(self, token: Token) -> Token:
        self.unsaved = token
        try:
            self._store.save(token)
        except Exception as error:
            raise ConfigurationError(
                f"OAuth: the store did not save the renewed token ({type(error).__name__}), so it is not used; the next call "
                "tries to save it again. Mend the store before this program ends: ten minutes from now the token that the store "
                "holds is worth nothing, and the user must consent again"
            ) from error
        self.unsaved = None
        return token


class _ClientCredentialsGrant:
    def __init__(self, server: _TokenServer) -> None:
        self._server = server

    def fetch(self, refused: str | None) -> tuple[str, float | None]:
        hint = "client_id or client_secret is wrong, or the application was revoked"
        return _handed_out(self._server.ask({"grant_type": "client_credentials"}, hint, repeatable=True))


class _Application(ABC):
    """What both kinds share: an application with a secret, and the sites that its token is good for."""

    def __init__(self, client_id: str, client_secret: str, base_url: str | None, options: _Options) -> None:
        given: dict[str, object] = {"client_id": client_id, "client_secret": client_secret}
        for name, value in given.items():
            if not isinstance(value, str) or not value.strip():
                raise ConfigurationError(f"{name}: expected the text that the developer console shows")
        self.client_id = client_id.strip()
        self._client_secret = client_secret.strip()
        self._base_url = from_environment(base_url, "ATLASSIAN_BASE_URL")
        self._options = options

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.client_id!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError(
            f"{type(self).__name__} holds secrets and is neither pickled nor copied; make one in each process"
        )

    def _server(self, url: str, authentication: str) -> _TokenServer:
        return _TokenServer(url, authentication, self.client_id, self._client_secret, self._base_url, self._options)

    def _resources(self, source: _native.TokenSource) -> list[AccessibleResource]:
        gateway = _native.Client.of_server(self._base_url or _GATEWAY, source, dict(self._options))
        answer = gateway.request("GET", "/oauth/token/accessible-resources", None, None, None, False, "")
        try:
            return [
                AccessibleResource(site["id"], site["name"], site["url"], tuple(site.get("scopes") or ()))
                for site in answer
            ]
        except (KeyError, TypeError, AttributeError):
            raise AuthenticationError("GET /oauth/token/accessible-resources: the answer is no list of sites") from None

    @abstractmethod
    def _source_for(self, product: str) -> _native.TokenSource: ...


class OAuth(_Application):
    """OAuth 2.0 with the consent of a user (authorization code, "3LO"), for `auth=` of all clients of a site.

    Send the user to `authorization_url()`; pass `exchange()` the address at which they return. From then on calls are
    made in their name, as long as the store keeps the token. Each user needs an object and a store of their own.

    Args:
        client_id: Id of the application, from the developer console.
        client_secret: Its secret.
        redirect_uri: Where users return after consent; the callback URL that the console knows.
        scopes: What to ask consent for; ``offline_access`` among them lets the token be renewed.
        store: Where the token is kept; left out: in memory, until the program ends.
        base_url: Another server in the place of Atlassian's: a sandbox; ``ATLASSIAN_BASE_URL``.
        timeout: Seconds for a token request with its retries.
        proxy: As of a client; so are the rest.
        trust_env: Whether proxies and certificate files may come from the environment.
        ca_bundle: PEM file or folder instead of the system's roots.
        verify: False accepts any certificate; for tests only.

    Raises:
        ConfigurationError: Something is missing, or an option that cannot be.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        redirect_uri: str | None = None,
        scopes: Iterable[str] = (),
        store: TokenStore | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_bundle: str | os.PathLike[str] | None = None,
        verify: bool = True,
    ) -> None:
        options: _Options = {
            "timeout": timeout,
            "proxy": proxy,
            "trust_env": trust_env,
            "ca_bundle": ca_bundle,
            "verify": verify,
        }
        super().__init__(client_id, client_secret, base_url, options)
        if isinstance(scopes, str):
            raise TypeError('scopes: expected several texts, such as ["read:jira-work", "offline_access"], got one')
        if isinstance(store, type):
            raise TypeError(f"store: expected an object, got the class; make one: {store.__name__}(...)")
        if store is not None and not (hasattr(store, "load") and hasattr(store, "save")):
            raise TypeError(f"store: expected an object with load() and save(), got {type(store).__name__}")
        self._scopes = tuple(scopes)
        self._redirect_uri = redirect_uri
        self._token_server = self._server(f"{_AUTHORIZATION_SERVER}/oauth/token", "client_secret_post")
        self._grant = _RefreshGrant(self._token_server, store if store is not None else MemoryTokenStore())
        # Of the grant, not of self: whoever holds a source must not be held by it.
        self._source = _tokens.source(self._grant.fetch, saves=True)

    def authorization_url(self) -> tuple[str, str]:
        """Return the address to send the user to, and the state, a secret that binds their return to this request.

        Keep the state in the user's session and pass it to `exchange`. Atlassian takes no PKCE; the client secret does its work.

        Raises:
            ConfigurationError: There is no `redirect_uri`, or no scope.
        """
        if not self._scopes:
            raise ConfigurationError(
                "scopes is missing: pass OAuth(..., scopes=[...]), and name what to ask consent for"
            )
        state = secrets.token_urlsafe(32)
        query = {
            "audience": "api.atlassian.com",
            "client_id": self.client_id,
            "scope": " ".join(self._scopes),
            "redirect_uri": self._returns_to(),
            "state": state,
            "response_type": "code",
            "prompt": "consent",
        }
        return f"{(self._base_url or _AUTHORIZATION_SERVER).rstrip('/')}/authorize?{urlencode(query)}", state

    def exchange(self, redirect_url: str, *, state: str) -> Token:
        """Buy the user's token with the code that they returned with, save it, and return it.

        Args:
            redirect_url: Address at which the user returned, with its query.
            state: What `authorization_url` returned for this user.

        Raises:
            ValueError: The address has no code, or another state: it is not the answer to this request.
            AuthenticationError: The user declined, or the server refuses code or application.
            PermissionDeniedError: The server refuses the code.
            ConfigurationError: The store did not save the token.
        """
        _check_type("redirect_url", redirect_url, str)
        _check_type("state", state, str)
        query = {name: values[0] for name, values in parse_qs(urlsplit(redirect_url).query).items()}
        if not state or not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
            raise ValueError(
                "redirect_url: its state is not the one of this request; begin again with authorization_url()"
            )
        if "error" in query:
            text = query.get("error_description") or query["error"]
            raise AuthenticationError(f"OAuth: no consent: {text[:500]}", code=query["error"][:200])
        if "code" not in query:
            raise ValueError("redirect_url: has no code; pass the whole address at which the user returned")
        token = self._token_server.ask(
            {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": self._returns_to()},
            "a code is good once and for a few minutes, with the redirect_uri that it was asked for; begin again with "
            "authorization_url()",
            repeatable=False,
        )
        self._grant.save(token)
        self._source.forget()
        return token

    def accessible_resources(self) -> list[AccessibleResource]:
        """Return the sites that the user gave consent for: a `cloud_id` for a client that cannot tell which is meant.

        Raises:
            AuthenticationError: The token was refused.
            ConfigurationError: There is no token yet.
        """
        return self._resources(self._source)

    def _returns_to(self) -> str:
        if not self._redirect_uri:
            raise ConfigurationError(
                "redirect_uri is missing: pass OAuth(..., redirect_uri=...), as the console has it"
            )
        return self._redirect_uri

    def _source_for(self, product: str) -> _native.TokenSource:
        url, _ = _native.oauth(product)
        if not url.startswith(_AUTHORIZATION_SERVER):
            raise ConfigurationError(
                f"auth: {product} has an authorization server of its own; it takes ClientCredentials of a consumer, or token="
            )
        return self._source


class ClientCredentials(_Application):
    """OAuth 2.0 without a user: a service account's credential for a site, or an OAuth consumer for Bitbucket; for `auth=`.

    Args:
        client_id: Id of the credential; at Bitbucket the consumer's key.
        client_secret: Its secret.
        base_url: Another server in the place of Atlassian's: a sandbox; ``ATLASSIAN_BASE_URL``.
        timeout: Seconds for a token request with its retries.
        proxy: As of a client; so are the rest.
        trust_env: Whether proxies and certificate files may come from the environment.
        ca_bundle: PEM file or folder instead of the system's roots.
        verify: False accepts any certificate; for tests only.

    Raises:
        ConfigurationError: Something is missing, or an option that cannot be.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        base_url: str | None = None,
        timeout: float = 60.0,
        proxy: str | None = None,
        trust_env: bool = True,
        ca_bundle: str | os.PathLike[str] | None = None,
        verify: bool = True,
    ) -> None:
        options: _Options = {
            "timeout": timeout,
            "proxy": proxy,
            "trust_env": trust_env,
            "ca_bundle": ca_bundle,
            "verify": verify,
        }
        super().__init__(client_id, client_secret, base_url, options)
        self._sources: dict[str, _native.TokenSource] = {}

    def accessible_resources(self) -> list[AccessibleResource]:
        """Return the sites that the service account may use: a `cloud_id` for a client that cannot tell which is meant.

        Raises:
            AuthenticationError: The credential was refused.
        """
        return self._resources(self._source(f"{_AUTHORIZATION_SERVER}/oauth/token", "client_secret_post"))

    def _source_for(self, product: str) -> _native.TokenSource:
        return self._source(*_native.oauth(product))

    def _source(self, url: str, authentication: str) -> _native.TokenSource:
        grant = _ClientCredentialsGrant(self._server(url, authentication))
        # One for each server, whichever thread comes first.
        return self._sources.setdefault(url, _tokens.source(grant.fetch, saves=False))


def _check_type(name: str, value: object, *expected: type) -> None:
    if isinstance(value, bool) or not isinstance(value, expected):
        wanted = " or ".join("None" if kind is type(None) else kind.__name__ for kind in expected)
        raise TypeError(f"{name}: expected {wanted}, got {type(value).__name__}")


def _handed_out(token: Token) -> tuple[str, float | None]:
    return token.access_token, token.expires_at.timestamp() if token.expires_at else None


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _with_hint(error: ApiError, hint: str) -> ApiError:
    error.hint = hint
    error.args = (f"{error}\n  hint: {hint}",)
    return error
