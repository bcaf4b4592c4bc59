"""What is asked of the nodes, and what is chosen: plain data between the stage, its sources and the choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(slots=True)
class Part:
    """An item that a line needs: `per_kit_each` pieces for each piece of the line."""

    item_id: int
    per_kit_each: int


@dataclass(slots=True)
class Want:
    """A line that wants `qty_each` pieces (kits count as kits).

    `opens_on` is the first day on which it may ship, None once that day has come. `net_minor` is what the customer
    pays for these pieces without tax, in the currency of the entity's costs; 0 where it is not known in that currency.
    """

    line_id: int
    qty_each: int
    parts: list[Part]
    is_kit: bool = False
    is_hazmat: bool = False
    oversell: str = "backorder"
    opens_on: date | None = None
    weight_g: int | None = None
    sku: str = ""
    net_minor: int = 0


@dataclass(slots=True)
class Ask:
    """An order to be placed."""

    order: Any
    wants: list[Want]
    refused_by: set[int] = field(default_factory=set)


Take = tuple[int, Want, int]  # node id, line, line pieces


@dataclass(slots=True)
class Choice:
    """What was chosen for an order: pieces by (node, line), and why not elsewhere.

    `stopped_by` is why waiting cannot help: no_recipe, nowhere, tired, margin or short (`short` says by how much, line id to pieces). Nothing is taken then.
    """

    ask: Ask
    takes: list[Take] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)  # node code to the filter that removed it
    scores: dict[str, list[Any]] = field(default_factory=dict)  # node code to its sort terms, best first
    stopped_by: str | None = None
    short: dict[int, int] = field(default_factory=dict)

    def nodes(self) -> list[int]:
        return list(dict.fromkeys(node for node, _, _ in self.takes))

    def taken(self, want: Want) -> int:
        return sum(qty for _, w, qty in self.takes if w is want)

    def lacking(self) -> list[Want]:
        """Lines that got less than they want."""
        if len(self.takes) == len(self.ask.wants) and all(w is a and qty == w.qty_each for (_, w, qty), a in zip(self.takes, self.ask.wants, strict=True)):
            return []  # taken whole, line by line: nearly always
        return [w for w in self.ask.wants if self.taken(w) < w.qty_each]

    def from_node(self, node_id: int) -> Iterator[tuple[Want, int]]:
        return ((w, qty) for node, w, qty in self.takes if node == node_id)
