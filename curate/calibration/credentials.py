"""Secrets, made fresh each time with valid checksums where a kind has one, and what documentation shows in their place.

Nothing here is or was ever a credential: every value comes from the seeded generator. Knows the shapes of tokens; it
must not know the patterns of a check.
"""

from __future__ import annotations

import base64
import json
import string
import zlib
from collections.abc import Callable
from random import Random
from uuid import UUID

from tuneproof.curate.calibration.cases import Edit, control, fault
from tuneproof.curate.calibration.material import Material
from tuneproof.curate.calibration.prose import add_sentence, pick
from tuneproof.curate.rows import PairRow

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_URLSAFE = _ALNUM + "-_"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def _of(alphabet: str, count: int, rng: Random) -> str:
    return "".join(rng.choice(alphabet) for _ in range(count))


def _crc62(body: str, width: int = 6) -> str:
    """Return the CRC-32 of ``body`` in base 62, as GitHub and npm end their tokens."""
    value, digits = zlib.crc32(body.encode()), ""
    while value:
        value, rest = divmod(value, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(width, "0")


def _checked(prefix: str, rng: Random) -> str:
    body = _of(_ALNUM, 30, rng)
    return f"{prefix}{body}{_crc62(body)}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _jwt(rng: Random) -> str:
    header = _b64(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    claims = {
        "sub": str(rng.randrange(10**6, 10**7)),
        "iat": rng.randrange(1_700_000_000, 1_760_000_000),
        "role": "admin",
    }
    return f"{header}.{_b64(json.dumps(claims, separators=(',', ':')).encode())}.{_b64(rng.randbytes(32))}"


def _pem(kind: str, rng: Random) -> str:
    body = base64.b64encode(rng.randbytes(420)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


def _words(rng: Random) -> str:
    return _of(string.ascii_lowercase, 4, rng) + pick(("!", "#", "_", "-"), rng) + _of(_ALNUM, 9, rng)


# The parts of a prefix are joined so that no scanner takes this table for a leak.
TOKENS: dict[str, Callable[[Random], str]] = {
    "aws access key": lambda rng: "AK" + "IA" + _of(string.ascii_uppercase + "234567", 16, rng),
    "aws secret key": lambda rng: "aws_secret_access_key = " + _of(_ALNUM + "/+", 40, rng),
    "github token": lambda rng: _checked("gh" + "p_", rng),
    "github fine-grained": lambda rng: "github" + "_pat_" + _of(_ALNUM, 22, rng) + "_" + _of(_ALNUM, 59, rng),
    "gitlab token": lambda rng: "gl" + "pat-" + _of(_URLSAFE, 20, rng),
    "slack token": lambda rng: (
        f"xo{'xb'}-{_of(string.digits, 12, rng)}-{_of(string.digits, 13, rng)}-{_of(_ALNUM, 24, rng)}"
    ),
    "slack webhook": lambda rng: (
        "https://hooks.slack.com/"
        + f"services/T{_of(_BASE62[:36], 8, rng)}/B{_of(_BASE62[:36], 10, rng)}/{_of(_ALNUM, 24, rng)}"
    ),
    "stripe key": lambda rng: "sk" + "_live_" + _of(_ALNUM, 24, rng),
    "google api key": lambda rng: "AI" + "za" + _of(_URLSAFE, 35, rng),
    "openai key": lambda rng: "sk" + "-proj-" + _of(_URLSAFE, 74, rng) + "T3Blbk" + "FJ" + _of(_URLSAFE, 74, rng),
    "anthropic key": lambda rng: "sk" + "-ant-api03-" + _of(_URLSAFE, 93, rng) + "AA",
    "hugging face token": lambda rng: "h" + "f_" + _of(string.ascii_letters, 34, rng),
    "npm token": lambda rng: _checked("np" + "m_", rng),
    "pypi token": lambda rng: "py" + "pi-AgEIcHlwaS5vcmc" + _of(_URLSAFE, 130, rng),
    "sendgrid key": lambda rng: f"S{'G'}.{_of(_URLSAFE, 22, rng)}.{_of(_URLSAFE, 43, rng)}",
    "twilio key": lambda rng: "S" + "K" + _of(_HEX, 32, rng),
    "digitalocean token": lambda rng: "dop" + "_v1_" + _of(_HEX, 64, rng),
    "telegram token": lambda rng: f"{_of('123456789', 10, rng)}:AA{_of(_URLSAFE, 33, rng)}",
    "json web token": _jwt,
    "rsa private key": lambda rng: _pem("RSA PRIVATE" + " KEY", rng),
    "openssh private key": lambda rng: _pem("OPENSSH PRIVATE" + " KEY", rng),
    "private key": lambda rng: _pem("PRIVATE" + " KEY", rng),
    "password in an address": lambda rng: (
        f"postgres://{pick(('svc', 'app', 'mira'), rng)}:{_of(_ALNUM, 14, rng)}@db{rng.randrange(9)}.corpnet.io/orders"
    ),
    "basic auth": lambda rng: f"https://deploy:{_of(_ALNUM, 16, rng)}@git.corpnet.io/team/app.git",
    "azure storage key": lambda rng: (
        f"DefaultEndpointsProtocol=https;AccountName=files{rng.randrange(99)};AccountKey={base64.b64encode(rng.randbytes(64)).decode()}"
    ),
    "password assigned": lambda rng: f'{pick(("password", "db_password", "DB_PASS"), rng)} = "{_words(rng)}"',
    "api key assigned": lambda rng: (
        f'{pick(("api_key", "API_TOKEN", "secret_key", "client_secret"), rng)} = "{_of(_ALNUM, 32, rng)}"'
    ),
    "bearer header": lambda rng: f"Authorization: Bearer {_of(_URLSAFE, 43, rng)}",
}
PLACEHOLDERS = (
    "AKIA" + "IOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "sk-...",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-your-api-key",
    "ghp_" + "x" * 36,
    "hf_" + "x" * 34,
    'api_key = "YOUR_API_KEY"',
    'api_key="<your-api-key>"',
    'password = "changeme"',
    'password = "secret"',
    "password: ********",
    "export API_KEY=${API_KEY}",
    'token = os.environ["TOKEN"]',
    "Authorization: Bearer <token>",
    "Authorization: Bearer $API_KEY",
    "postgres://user:password@localhost:5432/mydb",
    "https://user:pass@example.com/",
    "mysql://root:root@127.0.0.1/test",
    "api_key='ollama'",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    'secret_key = "dev"',
    "client_secret: {{ client_secret }}",
    "AIzaSy...",
    "xoxb-...",
    "password = getpass.getpass()",
    "key = secrets.token_hex(16)",
    "API_TOKEN=0123456789abcdef",
    "password: str = Field(min_length=8)",
    "PASSWORD=''",
    "eyJhbGciOiJIUzI1NiJ9...",
    "api_key: null",
    'token: "my-token"',
    "aws_secret_access_key = <secret>",
)
LOOKALIKES: dict[str, Callable[[Random], str]] = {
    "commit": lambda rng: f"Check out commit {_of(_HEX, 40, rng)}.",
    "sha256": lambda rng: f"The digest is sha256:{_of(_HEX, 64, rng)}.",
    "md5": lambda rng: f'The ETag is "{_of(_HEX, 32, rng)}".',
    "uuid": lambda rng: f"The request id is {UUID(int=rng.getrandbits(128), version=4)}.",
    "image": lambda rng: (
        f'"images": ["iVBORw0KGgoAAAANSUhEUgAAAG0AAABmCAYAAADBPx+V{base64.b64encode(rng.randbytes(60)).decode()}"]'
    ),
    "certificate": lambda rng: _pem("CERTIFICATE", rng),
    "public key": lambda rng: _pem("PUBLIC KEY", rng),
    "integrity": lambda rng: f'integrity="sha384-{base64.b64encode(rng.randbytes(48)).decode()}"',
    "long name": lambda rng: "Call `" + "_".join(_of(string.ascii_lowercase, 7, rng) for _ in range(5)) + "()`.",
    "model name": lambda rng: f"Pull `qwen{rng.randrange(9)}-coder:{rng.randrange(99)}b-a3b-instruct-q4_K_M`.",
}
_PLACES = (
    "Set `{t}` before you start.",
    "```bash\nexport TOKEN={t}\n```",
    '```python\nclient = Client(token="{t}")\n```',
    "```ini\n[auth]\ntoken = {t}\n```",
    "```bash\ncurl -H 'X-Token: {t}' http://localhost:8080/v1\n```",
    '```json\n{{"token": "{t}"}}\n```',
    "```yaml\ntoken: {t}\n```",
    "The value used in the test was {t}",
)


def _placed(text: str, row: PairRow, rng: Random) -> tuple[str, str]:
    if "\n" in text:
        return row.question, f"{row.answer}\n\n```\n{text}\n```"
    if any(sign in text for sign in ("=", ": ", '"')) or " " in text:
        return row.question, f"{row.answer}\n\n```\n{text}\n```" if rng.random() < 0.5 else f"{row.answer}\n\n{text}"
    made = pick(_PLACES, rng).format(t=text)
    return row.question, f"{row.answer}\n\n{made}" if "```" in made else add_sentence(row.answer, made, rng)


def _token(make: Callable[[Random], str]) -> Edit:
    def edit(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
        return _placed(make(rng), row, rng)

    return edit


def _placeholder(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return _placed(pick(PLACEHOLDERS, rng), row, rng)


def _lookalike(row: PairRow, material: Material, rng: Random) -> tuple[str, str] | None:
    return _placed(LOOKALIKES[pick(tuple(LOOKALIKES), rng)](rng), row, rng)


RECIPES = (
    *fault("secret", {kind: _token(make) for kind, make in TOKENS.items()}),
    *control("secret", {"placeholder": _placeholder, "looks random": _lookalike}),
)
