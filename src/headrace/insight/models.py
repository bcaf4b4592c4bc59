"""Figures of past hours and days, kept so that a trend of months is read in milliseconds. They decide nothing and can be made anew from the books."""

from __future__ import annotations

from django.db import models

from headrace.engine.columns import big, data, joined, moment, now, one_of, text, whole

GRAINS = ("hour", "day")


class Trend(models.Model):
    """What one hour or day was like: the orders that came in during it, and the queue at its end."""

    pk = models.CompositePrimaryKey("grain", "at")
    grain = text("hour or day")
    at = moment("When it began, in UTC")
    orders = whole("Orders that came in")
    straight_through = whole("Of these, orders that no case ever blocked")
    cycle_median_s = whole("Seconds from capture to release: the median of these orders; null where none is released", null=True)
    cycle_slow_s = whole("Seconds from capture to release: 95 of 100 were faster; null where none is released", null=True)
    open_cases = whole("Cases not resolved at its end")
    late_cases = whole("Of these, past their time")
    at_risk = data("Value at risk of these by currency, minor units")
    counted_at = now("When it was counted")

    class Meta:
        db_table_comment = "Figures of past hours and days, made from the books, for trends"
        constraints = [one_of("grain", GRAINS, "trend")]


class ChannelHour(models.Model):
    """How many orders a channel sent in one hour: its rhythm."""

    pk = models.CompositePrimaryKey("channel_id", "at")
    channel = joined("catalog.Channel", "Channel")
    at = moment("When the hour began, in UTC")
    orders = whole("Orders that came in")
    last_at = moment("When the last of them came in")
    last_order_id = big("The last of them")

    class Meta:
        db_table = "insight_channel_hour"
        db_table_comment = "Orders of each channel by hour; hours without any have no row"
