"""Somebody at a screen, who clicks on what is shown and looks at each page as a tester of accessibility would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator

FLAWS = """() => {
  const flaws = [], seen = new Set();
  if (!document.documentElement.lang) flaws.push("html without lang");
  const heads = document.querySelectorAll("h1").length;
  if (heads !== 1) flaws.push(heads + " h1");
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const named = one.labels.length || one.getAttribute("aria-label") || one.getAttribute("aria-labelledby");
    if (!named) flaws.push("no label: " + one.outerHTML);
  }
  for (const one of document.querySelectorAll("button, a[href]"))
    if (!one.textContent.trim() && !one.querySelector("img[alt]:not([alt=''])")) flaws.push("no words: " + one.outerHTML);
  for (const one of document.querySelectorAll("img:not([alt])")) flaws.push("no alt: " + one.outerHTML);
  for (const one of document.querySelectorAll("[id]")) {
    if (seen.has(one.id)) flaws.push("twice: " + one.id);
    seen.add(one.id);
  }
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  if (wide > 1) flaws.push("too wide by " + wide);
  return flaws;
}"""


class Desk:
    """A person's own browser window."""

    def __init__(self, chromium: Browser, site: str, *, width: int = 1366, height: int = 768) -> None:
        self.context = chromium.new_context(base_url=site, viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self._site = site
        self.strangers: list[str] = []
        self.page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self._site).netloc:
            self.strangers.append(url)

    def log_in(self, email: str, password: str) -> None:
        """Log in."""
        self.open("/admin/")
        self.submit("/log-in", {"email": email, "password": password})

    def open(self, path: str) -> None:
        """Write an address."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)
        self.look()

    def follow(self, end: str) -> None:
        """Click on the link whose address ends so."""
        self.page.locator(f'main a[href$="{end}"]').first.click()
        self.look()

    def submit(self, end: str, values: Mapping[str, Any] | None = None) -> None:
        """Fill in the form that goes to an address with this end, and press its button."""
        form = self.page.locator(f'form[method=post][action*="{end}"]').first
        for name, value in _flat(values or {}):
            self._fill(form, name, value)
        form.locator("button.button").last.click()
        self.look()

    def _fill(self, form: Locator, name: str, value: Any) -> None:
        fields = form.locator(f'[name="{name}"]')
        if not fields.count():
            form.locator('[name="more-rows"]').first.click()
        kind = fields.first.evaluate("one => one.type")
        if kind in ("radio", "checkbox"):
            wanted = [value] if isinstance(value, str) else value
            if isinstance(value, bool):
                fields.first.set_checked(value) if kind == "checkbox" else form.locator(
                    f'[name="{name}"][value="{str(value).lower()}"]'
                ).check()
                return
            for one in wanted:
                form.locator(f'[name="{name}"][value="{one}"]').check()
        elif kind.startswith("select"):
            fields.first.select_option(str(value).lower() if isinstance(value, bool) else value)
        else:
            fields.first.fill(str(value))

    def look(self) -> None:
        """Look at the page: it must be one that everybody can use."""
        self.page.wait_for_load_state()
        assert not self.page.locator("main [role=alert]").count(), self.words()
        flaws = self.page.evaluate(FLAWS)
        assert flaws == [], (self.page.url, flaws)
        assert self.strangers == []

    def words(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    @property
    def path(self) -> str:
        """Where one is."""
        return urlsplit(self.page.url).path


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}-")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for number, row in enumerate(value):
                yield from _flat(row, f"{prefix}{name}-{number}-")
        else:
            yield prefix + name, value
