"""The README's pictures: `make demo`, then `python tests/browser/screenshots.py http://127.0.0.1:8000 demo PASSWORD` writes docs/pictures/*.png."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def main(base: str, user: str, password: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("HEADRACE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=WIDE, base_url=base)
        page.goto("/accounts/login/")
        page.fill("[name=login]", user)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("nav.side")
        _take(page, "/", "today")
        page.goto("/exceptions?reason=VALIDATE-02")  # one that is mended in place
        page.keyboard.press("j")
        page.wait_for_selector("#case .sentence")
        page.screenshot(path=PICTURES / "exceptions.png")
        page.goto("/orders?status=complete")
        page.click("[data-rows] tbody tr:first-child a")
        page.wait_for_selector("text=Why it is here")
        page.screenshot(path=PICTURES / "order.png")
        _take(page, "/finance", "finance")
        page.set_viewport_size(PHONE)
        _take(page, "/exceptions", "phone")
        browser.close()


def _take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:4])
