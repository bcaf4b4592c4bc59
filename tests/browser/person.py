"""Somebody at a browser: goes to pages, presses keys, and notes what no customer should see."""

from __future__ import annotations

import os
from typing import Any

from axe_playwright_python.sync_playwright import Axe

PASSWORD = "a-password-for-tests-only"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
SCHEMES = ("light", "dark")
AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# A policy that was broken is told to the page, not always to the console.
# A risky deed asks once more: this person always says yes, unless a test wants to see the question (`asks`).
SAY_YES = """addEventListener('DOMContentLoaded', () => {
  const dialog = document.getElementById('confirm');
  if (!dialog) return;
  new MutationObserver(() => { if (dialog.open && !window.waitsForYes) dialog.querySelector('[value=yes]').click(); }).observe(dialog, { attributes: true });
});"""
NOTE_VIOLATIONS = "document.addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI))"

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# What stands out over the screen's edge, the outermost first.
BEYOND = """() => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(0, 4).map((e) => `${e.tagName} ${e.className} ${Math.round(e.getBoundingClientRect().right)}`).join("; ")"""


class Person:
    """A signed-in browser. `faults` gathers console errors, violated policies, failed requests and (by `look`) what axe finds."""

    def __init__(self, context: Any, name: str) -> None:
        self.context, self.name = context, name
        self.faults: list[str] = []
        self.expects: set[int] = set()  # statuses that are meant, such as 403
        context.add_init_script(NOTE_VIOLATIONS)
        context.add_init_script(SAY_YES)
        self.page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: script: {error}"))
        self.page.on("response", self._answered)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):  # those come as responses, with their status
            self.faults.append(f"{self.page.url}: console: {message.text[:300]}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400 and response.status not in self.expects:
            self.faults.append(f"{self.page.url}: {response.status} {response.request.method} {response.url}")

    def sign_in(self) -> None:
        self.page.goto("/accounts/login/")
        self.sign_in_here()

    def sign_in_here(self) -> None:
        """At the sign-in page where the browser is."""
        self.page.fill("[name=login]", self.name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_selector("body[data-signed-in]")

    def go(self, address: str) -> Any:
        self.page.goto(address)
        return self.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def text(self, selector: str = "main") -> str:
        return str(self.page.inner_text(selector))

    def look(self, address: str | None = None) -> None:
        """Look at a page as axe does, at a desk in light and on a phone in dark; nothing may be wider than the screen, not even one of 320 px.

        With HEADRACE_LOOK=all (`make soak`) each size is looked at in both.
        """
        if address is not None:
            self.go(address)
        self.page.emulate_media(reduced_motion="reduce")  # colours are looked at when they stand still, not while the theme changes
        self._measure(320, 640)
        for size in (DESK, PHONE):
            self._measure(size["width"], size["height"])
            for scheme in SCHEMES if os.environ.get("HEADRACE_LOOK") == "all" else SCHEMES[size is PHONE :][:1]:
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours at rest, not on their way from one theme to the other
                self._ask_axe(f"{size['width']} px, {scheme}")
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        self.page.set_viewport_size(DESK)

    def look_at_size(self, width: int, height: int) -> None:
        """Look at the page as it stands, with whatever is open on it."""
        self._measure(width, height)
        self._ask_axe(f"{width} px")

    def _measure(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate(TWO_FRAMES)  # tables are measured anew when the size has changed
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            beyond = self.page.evaluate(BEYOND)
            self.faults.append(f"{self.page.url}: {wide} px wider than {width}: {beyond}")

    def _ask_axe(self, how: str) -> None:
        for found in Axe().run(self.page, options=AXE_OPTIONS).response["violations"]:
            node = found["nodes"][0]
            self.faults.append(f"{self.page.url}: axe {found['id']} ({how}): {node['html'][:160]} {node['failureSummary'][:160]}")
