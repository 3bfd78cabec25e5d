#!/usr/bin/env python3
"""Computes the service level report of the real log anew, from the log's file alone, and compares.

It shares no code with the service: tickets are followed by the rules of docs/import.md, business
time is counted day by day with Python's own time zones, percentiles are taken of the sorted times.
It needs Python 3.9 or later with time zone data, and nothing else.

    check_real_log.py LOG.csv NOW REPORT.csv...

NOW is the moment (ISO 8601) until which open tickets are followed. Counts, means and sums must
agree exactly, percentiles within the error that the report states. Exits with 1 where one does not.
"""

import csv
import sys
from collections import defaultdict
from datetime import date, datetime, time, timedelta, timezone
from math import ceil
from zoneinfo import ZoneInfo

LOG_ZONE = ZoneInfo("Europe/Rome")
CLOCK_ZONE = ZoneInfo("Europe/Moscow")
PROCESSING, FIRST_RESPONSE = timedelta(hours=24), timedelta(hours=4)
REOPENABLE = timedelta(days=14)
BANDS = [timedelta(hours=hours) for hours in (1, 2, 4, 8, 24)]
ERROR = 0.01
ACTIONS = {
    "Insert ticket": "open",
    "Assign seriousness": "assess",
    "Take in charge ticket": "take",
    "Wait": "wait",
    "Resolve ticket": "resolve",
    "RESOLVED": "resolve",
    "INVALID": "resolve or note",
    "DUPLICATE": "resolve or note",
    "Closed": "close",
}


class Refused(Exception):
    """A line that the rules do not allow."""


class Ticket:
    """A ticket: its cycles of processing, each a list of spans in which the clock runs."""

    def __init__(self, at, section):
        self.status, self.agent, self.section = "new", None, section
        self.resolved_at = None
        self.cycles = [Cycle(at)]
        self.opened_at = at
        # Since when it was open and whose it was, for how many were open at some moment.
        self.levels = [(at, True, None)]

    def note_level(self, at):
        self.levels.append((at, self.status not in ("resolved", "closed"), self.agent))

    def take(self, by, at):
        if self.status == "waiting":
            self.cycles[-1].resume(at)
            self.status = "in_progress"
            if self.agent not in (None, by):
                self.agent = by
        elif self.status in ("resolved", "closed"):
            if at > self.resolved_at + REOPENABLE:
                raise Refused
            self.cycles.append(Cycle(at))
            self.status, self.agent = "in_progress", by
        elif self.status == "in_progress" and self.agent == by:
            raise Refused
        else:
            self.status, self.agent = "in_progress", by

    def accept_first(self, by, at):
        if self.status in ("new", "reopened"):
            self.take(by, at)

    def wait(self, by, at):
        self.accept_first(by, at)
        if self.status != "in_progress":
            raise Refused
        self.cycles[-1].pause(at)
        self.status = "waiting"

    def resolve(self, by, at):
        if self.status in ("resolved", "closed"):
            raise Refused
        self.accept_first(by, at)
        if self.status == "waiting":
            self.cycles[-1].resume(at)
        self.cycles[-1].end(at, self.agent)
        self.status, self.resolved_at = "resolved", at

    def close(self):
        if self.status != "resolved":
            raise Refused
        self.status = "closed"


class Cycle:
    """From an opening or reopening to a resolution."""

    def __init__(self, at):
        self.started_at, self.ended_at, self.agent = at, None, None
        self.spans, self.running_since = [], at

    def pause(self, at):
        self.spans.append((self.running_since, at))
        self.running_since = None

    def resume(self, at):
        self.running_since = at

    def end(self, at, agent):
        self.pause(at)
        self.ended_at, self.agent = at, agent

    def spans_until(self, now):
        return self.spans + ([(self.running_since, now)] if self.running_since else [])


def counted(begin, end):
    """The parts of a span that count: each local day but Saturdays and Sundays."""
    day = begin.astimezone(CLOCK_ZONE).date()
    while midnight(day) < end:
        if day.weekday() < 5:
            part = max(begin, midnight(day)), min(end, midnight(day + timedelta(days=1)))
            if part[0] < part[1]:
                yield part
        day += timedelta(days=1)


def midnight(day):
    return datetime.combine(day, time(), CLOCK_ZONE).astimezone(timezone.utc)


def elapsed(spans):
    return sum((end - begin for span in spans for begin, end in counted(*span)), timedelta())


def breach(spans, target):
    """The moment after which more has passed than the target, if there is one."""
    left = target
    for span in spans:
        for begin, end in counted(*span):
            if end - begin > left:
                return begin + left
            left -= end - begin
    return None


def follow(path):
    """Every ticket of the file, its lines taken in the order in which things happened."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))

    def moment(line):
        local = datetime.strptime(line["Complete Timestamp"], "%Y/%m/%d %H:%M:%S.%f")
        return local.replace(tzinfo=LOG_ZONE).astimezone(timezone.utc)

    tickets = {}
    for line in sorted(lines, key=moment):
        at, by = moment(line), line["Resource"]
        action = ACTIONS.get(line["Activity"], "note")
        ticket = tickets.get(line["Case ID"])
        if ticket is None:
            ticket = tickets[line["Case ID"]] = Ticket(at, line["responsible_section"])
        try:
            if action == "take":
                ticket.take(by, at)
            elif action == "wait":
                ticket.wait(by, at)
            elif action == "resolve":
                ticket.resolve(by, at)
            elif action == "resolve or note" and ticket.status not in ("resolved", "closed"):
                ticket.resolve(by, at)
            elif action == "close":
                ticket.close()
        except Refused:
            continue
        ticket.note_level(at)
    return list(tickets.values())


class Figures:
    """What a line of the report counts."""

    def __init__(self):
        self.opened = self.reopened = self.breaches = self.first_breaches = self.backlog = 0
        self.times, self.again = [], []


def facts(tickets, now):
    """Everything that is counted: what, on which day, of which section and agent."""
    day = lambda at: at.astimezone(CLOCK_ZONE).date()
    for ticket in tickets:
        agent_at = lambda at: [who for since, _, who in ticket.levels if since <= at][-1]
        for number, cycle in enumerate(ticket.cycles):
            started = ticket_agent_before(ticket, cycle) if number else None
            yield "reopened" if number else "opened", day(cycle.started_at), started, ticket, None
            spans = cycle.spans_until(now)
            late = breach(spans, PROCESSING)
            if late is not None:
                kind = "breaches" if number == 0 else "breaches again"
                yield kind, day(late), agent_at(late), ticket, None
            if number == 0:
                # The first response is not measured while waiting less: it has no pause.
                late = breach([(cycle.started_at, cycle.ended_at or now)], FIRST_RESPONSE)
                if late is not None:
                    yield "first breaches", day(late), agent_at(late), ticket, None
            if cycle.ended_at:
                kind = "times" if number == 0 else "again"
                yield kind, day(cycle.ended_at), cycle.agent, ticket, elapsed(spans)


def ticket_agent_before(ticket, cycle):
    """Who was responsible right before a cycle began."""
    before = [who for since, _, who in ticket.levels if since < cycle.started_at]
    return before[-1] if before else None


def compare(path, every_fact, tickets):
    """How many lines of a report were compared, and what differs."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    # Among agents, a line without a name is of what nobody was responsible for.
    is_by_agent = any(row["group"].startswith("Agent ") for row in rows)
    wrong = []
    for row in rows:
        group = row["group"] or ("nobody" if is_by_agent else "")
        found = differs(row, group, every_fact, tickets)
        wrong += [f"{row['from']} {group}: {what}" for what in found]
    return len(rows), wrong


def differs(row, group, every_fact, tickets):
    first, until = date.fromisoformat(row["from"]), date.fromisoformat(row["until"])

    def is_of(section, agent):
        if group.startswith("Section "):
            return "Value " + group[len("Section "):] == section
        if group.startswith("Agent "):
            return agent is not None and group == "Agent " + agent
        return agent is None if group == "nobody" else True

    found, counts = defaultdict(list), defaultdict(int)
    for kind, day, agent, ticket, value in every_fact:
        if first <= day < until and is_of(ticket.section, agent):
            counts[kind] += 1
            if value is not None:
                found[kind].append(value)
    end = midnight(until)
    backlog = 0
    for ticket in tickets:
        levels = [level for level in ticket.levels if level[0] < end]
        backlog += bool(levels) and levels[-1][1] and is_of(ticket.section, levels[-1][2])
    expected = {
        "opened": counts["opened"],
        "reopened": counts["reopened"],
        "withdrawn": 0,
        "processed": counts["times"],
        "in_time": sum(one <= PROCESSING for one in found["times"]),
        "breaches": counts["breaches"],
        "reprocessed": counts["again"],
        "reprocessing_in_time": sum(one <= PROCESSING for one in found["again"]),
        "reprocessing_breaches": counts["breaches again"],
        "first_response_breaches": counts["first breaches"],
        "processing_sum_seconds": int(sum(found["times"], timedelta()).total_seconds()),
        "backlog": backlog,
    }
    edges = [timedelta(-1)] + BANDS + [timedelta.max]
    names = ["within_1_h", "1_to_2_h", "2_to_4_h", "4_to_8_h", "8_to_24_h", "over_24_h"]
    for name, low, high in zip(names, edges, edges[1:]):
        expected[name] = sum(low < one <= high for one in found["times"])
    for kind, prefix in (("times", ""), ("again", "reprocessing_")):
        times = sorted(found[kind])
        mean = f"{prefix}mean_seconds"
        if times:
            expected[mean] = int(sum(times, timedelta()) / len(times) / timedelta(seconds=1))
        for part, name in ((0.5, "median"), (0.9, "p90"), (0.99, "p99")):
            told = row[f"{prefix}{name}_seconds"]
            if not times:
                if told:
                    yield f"{name} of nothing is {told}"
                continue
            if not told:
                yield f"{prefix}{name} is missing"
                continue
            exact = times[max(ceil(part * len(times)), 1) - 1].total_seconds()
            if abs(float(told) - exact) > max(exact * ERROR, 1):
                yield f"{prefix}{name} is {told}, not {exact}"
    for name, value in expected.items():
        if str(row[name]) != str(value):
            yield f"{name} is {row[name]}, not {value}"


def main(log, now, *reports):
    tickets = follow(log)
    now = datetime.fromisoformat(now.replace("Z", "+00:00"))
    every_fact = list(facts(tickets, now))
    failed = False
    for report in reports:
        lines, wrong = compare(report, every_fact, tickets)
        print(f"{report}: {lines} lines, {len(wrong)} differences")
        for what in wrong[:40]:
            print(f"  {what}")
        failed |= bool(wrong) or lines == 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
