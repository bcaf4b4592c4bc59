"""Tables of the warehouse's walks and handing over: waves, what they hold, and manifests."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat

from headrace.engine.columns import big, data, joined, link, moment, text, whole


def number_for_people(prefix: str) -> models.GeneratedField:
    """The number of a document as people write it: FO-17."""
    return models.GeneratedField(
        expression=Concat(Value(prefix, models.TextField()), Cast("id", models.TextField()), output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
        db_comment="Number for people",
    )


class Wave(models.Model):
    """Fulfilments of one node that are gathered in one walk."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = number_for_people("WV-")
    node = link("catalog.Node", "Node whose shelves are walked", indexed=True)
    made_at = moment("When it was made")
    made_by = text("Who made it")
    dissolved_at = moment("When somebody broke it up; null is not. A wave ends by itself when all that is in it is packed or gone", null=True)

    class Meta:
        db_table_comment = "Waves: fulfilments gathered together; how far one has come is seen on its fulfilments"


class WaveFulfilment(models.Model):
    """A fulfilment in a wave. What was taken out keeps its row, so that the wave tells what it was made of."""

    pk = models.CompositePrimaryKey("wave_id", "fulfilment_id")
    wave = joined("orders.Wave", "Wave")
    fulfilment = joined("orders.Fulfilment", "Fulfilment, of the node of the wave")
    left_at = moment("When it was taken out, or the wave was broken up before it was packed; null is in it", null=True)

    class Meta:
        db_table = "orders_wave_fulfilment"
        db_table_comment = "What waves hold; a fulfilment is in at most one"
        constraints = [models.UniqueConstraint(fields=["fulfilment"], condition=Q(left_at__isnull=True), name="fulfilment_in_one_wave")]


class Manifest(models.Model):
    """What one carrier took along from a node at once: the paper that its driver signs."""

    id = models.BigAutoField(primary_key=True, db_comment="Number inside")
    number = number_for_people("MF-")
    node = link("catalog.Node", "Node that handed over", indexed=True)
    carrier = text("Carrier code")
    handed_over_at = moment("When")
    handed_over_by = text("Who")
    parcels = whole("Parcels on it")
    weight_g = big("Weight of those that were weighed, grams")
    content = data("As handed over, in the order of the paper: fulfilment, order, service, and its parcels with carrier, tracking and weight_g")

    class Meta:
        db_table_comment = "Manifests, never changed: parcels handed to a carrier together"
