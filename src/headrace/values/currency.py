"""ISO 4217 currencies and how many decimals their minor units have.

The table is list one of the standard as published 2026-01-01: every code in use that has minor units. Codes without any (gold XAU, the test
code and the one for no currency) are left out, because no order can be paid in them.
"""

from __future__ import annotations

_BY_DIGITS = {
    0: """
        BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """,
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK
        DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL
        MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
        SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: """
        BHD IQD JOD KWD LYD OMR TND
    """,
    4: """
        CLF UYW
    """,
}

_DIGITS = {code: digits for digits, codes in _BY_DIGITS.items() for code in codes.split()}


class CurrencyError(ValueError):
    """A code that is no currency. Says the code and the remedy."""


def minor_digits(currency: str) -> int:
    """Decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD. An unknown code is a CurrencyError (a ValueError) that says so."""
    try:
        return _DIGITS[currency]
    except (KeyError, TypeError):
        raise CurrencyError(f"currency {currency!r} is not in ISO 4217; write the three-letter code in capitals, as in USD") from None


def is_currency(code: object) -> bool:
    """Whether something, of whatever kind a partner sent, is the code of a currency: three capital letters."""
    return isinstance(code, str) and code in _DIGITS


def all_currencies() -> dict[str, int]:
    """Every code with its minor digits, for the database's own table."""
    return dict(_DIGITS)
