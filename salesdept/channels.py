"""Ways out of the house: e-mail to a person, and signed webhook robots to the office's group chat.

A robot's message holds no personal data: it names the kind of alarm and tells people to open the system.
Robots are configured by `ROBOT_URLS` (one per platform, separated by spaces; a secret may follow as
`#secret`, else `ROBOT_SECRET` is used) and may only go to `ROBOT_HOSTS`: host names, reached by HTTPS, or
whole origins such as `http://127.0.0.1:9000` for a sink in tests.
"""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, ClassVar
from urllib.parse import SplitResult, quote_plus, urldefrag, urlsplit

from django.conf import settings
from django.core import checks
from django.core.mail import EmailMessage

from salesdept.models import Delivery
from salesdept.slots import REMINDER_KINDS

TIMEOUT_SECONDS = 5.0
ANSWER_BYTES = 64 * 1024


class ChannelError(Exception):
    """The channel did not take the message. The text is kept with the delivery; it never holds an address."""


class Channel(ABC):
    """One way out. `send` returns when the other side has taken the message, else raises ChannelError."""

    name: ClassVar[str]

    @abstractmethod
    def send(self, delivery: Delivery) -> None: ...


class Email(Channel):
    """To a person's own address, or a letter's. The dedupe key is its Message-ID: a box can drop a double."""

    name = Delivery.Channel.EMAIL

    def send(self, delivery: Delivery) -> None:
        subject, body, to = _letter(delivery)
        message = EmailMessage(
            subject=" ".join(subject.split()),
            body=body.strip(),
            to=[to],
            headers={"Message-ID": f"<{delivery.dedupe_key}@salesdept>"},
        )
        try:
            message.send()
        except (OSError, ValueError) as error:  # SMTPException is an OSError
            raise ChannelError(f"mail: {type(error).__name__}") from error


def _letter(delivery: Delivery) -> tuple[str, str, str]:
    """Subject, words and address of what is to be mailed."""
    notice = delivery.notice
    if notice is None:
        return delivery.subject, delivery.body, delivery.mail_to
    return notice.title, f"{notice.body}\n\n请登录案场 CRM 查看。", notice.user.email


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would leave the allow-list."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def allowed(parts: SplitResult) -> bool:
    """HTTPS to a host of ROBOT_HOSTS, or an origin listed there in full."""
    try:
        port = parts.port
    except ValueError:
        return False
    if f"{parts.scheme}://{parts.netloc}" in settings.ROBOT_HOSTS:
        return True
    plain_host = parts.hostname in settings.ROBOT_HOSTS and port in (None, 443) and parts.username is None
    return parts.scheme == "https" and plain_host


class Robot(Channel):
    """A group chat's webhook. Platforms differ in path, signature and body."""

    path: ClassVar[str]

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    @abstractmethod
    def signed(self, text: str, at: float) -> tuple[str, dict[str, Any]]:
        """Address and JSON body of a text message sent at `at` (seconds since 1970)."""

    def send(self, delivery: Delivery) -> None:
        url, body = self.signed(robot_text(delivery), time.time())
        if not allowed(urlsplit(url)):
            raise ChannelError("host not allowed")
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            url, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"}
        )
        answer = _ask(request)
        code = answer.get("errcode", answer.get("code", answer.get("StatusCode")))
        if code != 0:
            raise ChannelError(f"refused with code {code}")


def _ask(request: urllib.request.Request) -> dict[str, Any]:
    until = time.monotonic() + TIMEOUT_SECONDS
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as response:
            text = b""
            while len(text) < ANSWER_BYTES and (part := response.read1(4096)):
                text += part
                if time.monotonic() > until:
                    raise ChannelError("too slow")
        answer = json.loads(text)
    except urllib.error.HTTPError as error:
        error.close()
        raise ChannelError(f"HTTP {error.code}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise ChannelError(f"no answer: {type(error).__name__}") from None
    return answer if isinstance(answer, dict) else {}


def _hmac(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


class WeCom(Robot):
    """企业微信: the key in the address is the whole proof."""

    name, path = Delivery.Channel.WECOM, "/cgi-bin/webhook/send"

    def signed(self, text: str, at: float) -> tuple[str, dict[str, Any]]:
        return self.url, {"msgtype": "text", "text": {"content": text}}


class DingTalk(Robot):
    """钉钉: HMAC-SHA256 over `milliseconds\\nsecret` under the secret, base64, in the query."""

    name, path = Delivery.Channel.DINGTALK, "/robot/send"

    def signed(self, text: str, at: float) -> tuple[str, dict[str, Any]]:
        body = {"msgtype": "text", "text": {"content": text}}
        if not self.secret:
            return self.url, body
        moment = str(round(at * 1000))
        sign = quote_plus(_hmac(self.secret, f"{moment}\n{self.secret}"))
        return f"{self.url}&timestamp={moment}&sign={sign}", body


class Feishu(Robot):
    """飞书: HMAC-SHA256 of nothing under `seconds\\nsecret`, base64, in the body."""

    name, path = Delivery.Channel.FEISHU, "/open-apis/bot/v2/hook/"

    def signed(self, text: str, at: float) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if self.secret:
            moment = str(int(at))
            body = {"timestamp": moment, "sign": _hmac(f"{moment}\n{self.secret}", ""), **body}
        return self.url, body


ROBOTS: tuple[type[Robot], ...] = (WeCom, DingTalk, Feishu)


def robot_text(delivery: Delivery) -> str:
    """What the group reads: the kind of alarm, where its rule stands, and a number that shows a double."""
    key = delivery.notice.key if delivery.notice else ""
    label = next((k.label for k in REMINDER_KINDS if key.startswith(k.name)), "")
    words = f"【案场 CRM】紧急提醒{'：' if label else ''}{label}，请相关同事登录系统处理"
    return f"{words}（{delivery.dedupe_key[:8]}）"


def _robot_of(address: str) -> Robot | None:
    url, own_secret = urldefrag(address)
    parts = urlsplit(url)
    kind = next((robot for robot in ROBOTS if parts.path.startswith(robot.path)), None)
    return kind(url, own_secret or settings.ROBOT_SECRET) if kind and allowed(parts) else None


def robots() -> Mapping[str, Robot]:
    """The usable robots by platform. What cannot be used is named by the system check, never tried."""
    made = [robot for address in settings.ROBOT_URLS if (robot := _robot_of(address))]
    return {robot.name: robot for robot in reversed(made)}


def channel(name: str) -> Channel:
    """The channel of a delivery. Raises ChannelError when it is no longer configured."""
    if name == Delivery.Channel.EMAIL:
        return Email()
    try:
        return robots()[name]
    except KeyError:
        raise ChannelError("not configured") from None


@checks.register(checks.Tags.security)
def robot_addresses_are_usable(**_: Any) -> list[checks.CheckMessage]:
    """Each address of ROBOT_URLS names a known platform on an allowed host, one per platform."""
    found: list[checks.CheckMessage] = []
    names = set()
    for number, address in enumerate(settings.ROBOT_URLS, 1):
        robot = _robot_of(address)
        if robot is None or robot.name in names:
            words = (
                "is not a robot on an allowed host" if robot is None else f"is a second robot of {robot.name}"
            )
            found.append(checks.Error(f"ROBOT_URLS: address {number} {words}", id="salesdept.E010"))
        elif robot:
            names.add(robot.name)
    return found
