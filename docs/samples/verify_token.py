"""How an MCP server in Python verifies access tokens, with only PyJWT (and cryptography, which it needs for RS256).

To try it, run `npm start` with its URL in RESOURCES (`npm run dev` starts another MCP server at that URL), and:
  OAUTH_ISSUER_URL=http://localhost:4000 OAUTH_AUDIENCE=http://localhost:3000/mcp python3 docs/samples/verify_token.py
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import jwt


class InvalidToken(Exception):
    """The token is not valid here: 401. Any other error is not the token's fault."""


class Keys:
    """Fetches the keys with the first token, and caches them for 5 minutes. Create one per process, not one per request."""

    def __init__(self, issuer: str):
        self.client = jwt.PyJWKClient(f"{issuer}/jwks")
        self.refreshed_at = float("-inf")

    def find(self, kid: str | None):
        """Fetches the keys again (at most every 30 s) for an unknown `kid`: a new key finds its way here at once."""
        key = self.match(kid, self.client.get_signing_keys())
        if key is None and time.monotonic() - self.refreshed_at > 30:
            self.refreshed_at = time.monotonic()
            key = self.match(kid, self.client.get_signing_keys(refresh=True))
        if key is None:
            raise InvalidToken()
        return key.key

    @staticmethod
    def match(kid, keys):
        return next((key for key in keys if key.key_id == kid), None)


def create_verifier(issuer: str, audience: str):
    keys = Keys(issuer)

    def verify(token: str) -> dict:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise InvalidToken() from error
        # RFC 9068 §4: an ID token is not an access token, although the same key signed it. PyJWT does not check `typ`.
        if header.get("typ") != "at+jwt":
            raise InvalidToken()
        key = keys.find(header.get("kid"))
        try:
            claims = jwt.decode(
                token,
                key,
                # RFC 8725 §3.1: the algorithms that you expect, never the one that the token names.
                algorithms=["RS256", "ES256"],
                issuer=issuer,
                audience=audience,
                leeway=5,
                options={"require": ["iss", "aud", "exp", "sub", "client_id"]},
            )
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, TypeError) as error:
            # TypeError: the token names an algorithm that its key is not for.
            raise InvalidToken() from error
        # RFC 9449 §7.2: the token is bound to a key, and this server does not check proofs.
        if "cnf" in claims:
            raise InvalidToken()
        return claims

    return verify


def create_server(issuer: str, resource: str, required_scope: str) -> ThreadingHTTPServer:
    verify = create_verifier(issuer, resource)
    url = urlsplit(resource)
    # RFC 9728 §3.1: the resource's path follows the well-known part.
    metadata_path = f"/.well-known/oauth-protected-resource{url.path}"
    metadata = {
        "resource": resource,
        "authorization_servers": [issuer],
        "scopes_supported": [required_scope],
        "bearer_methods_supported": ["header"],
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == metadata_path:
                self.answer(200, metadata)
            else:
                self.serve()

        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.serve()

        def serve(self):
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not token:
                return self.refuse(401)
            try:
                claims = verify(token)
            except InvalidToken:
                return self.refuse(401, "invalid_token")
            except Exception:
                # The keys cannot be fetched. A 401 would make the client get a new token, which can't be verified either.
                return self.answer(503, {}, {"Retry-After": "5"})
            if required_scope not in claims.get("scope", "").split():
                return self.refuse(403, "insufficient_scope")
            # The MCP server's own work goes here.
            self.answer(200, {"subject": claims["sub"], "clientId": claims["client_id"]})

        def refuse(self, status: int, error: str | None = None):
            """RFC 6750 §3, RFC 9728 §5.1: `resource_metadata` tells a client where to get a token."""
            parameters = {"error": error} if error else {}
            parameters["scope"] = required_scope
            parameters["resource_metadata"] = f"{url.scheme}://{url.netloc}{metadata_path}"
            challenge = ", ".join(f'{name}="{value}"' for name, value in parameters.items())
            self.answer(status, {}, {"WWW-Authenticate": f"Bearer {challenge}"})

        def answer(self, status: int, body: dict, headers: dict[str, str] | None = None):
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Says nothing: a URL may contain secrets."""

    return ThreadingHTTPServer(("127.0.0.1", url.port or 443), Handler)


if __name__ == "__main__":
    create_server(
        os.environ["OAUTH_ISSUER_URL"], os.environ["OAUTH_AUDIENCE"], "mcp:tools"
    ).serve_forever()
