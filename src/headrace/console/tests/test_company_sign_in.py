"""A form of the console may lead to the company's own sign-in, and to no other place."""

from __future__ import annotations

import pytest

from headrace.settings import company_sign_in


@pytest.mark.parametrize(
    ("url", "origins"),
    [
        ("https://id.example.com/realms/x/.well-known/openid-configuration", ["https://id.example.com"]),
        ("http://127.0.0.1:9000", ["http://127.0.0.1:9000"]),
        ("", []),
        ("javascript:1", []),
        ("id.example.com", []),
    ],
)
def test_a_form_leads_to_the_company_alone(url: str, origins: list[str]) -> None:
    assert company_sign_in(url) == origins
