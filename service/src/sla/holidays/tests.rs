//! What is read from iCalendar files, and what is refused by its name.

use super::*;

fn file(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &[&str]) -> String {
    format!("BEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"))
}

fn days(events: &str) -> Result<Vec<String>, BadHolidays> {
    let days = read(&file(events))?;
    Ok(days.iter().map(|day| day.date.to_string()).collect())
}

/// What an event that begins on 4 May 2026 says further, and which days that gives.
fn of_event(further: &[&str]) -> Result<Vec<String>, BadHolidays> {
    days(&event(&[&["SUMMARY:X", "DTSTART;VALUE=DATE:20260504"], further].concat()))
}

fn message_of(further: &[&str]) -> String {
    of_event(further).expect_err("it is not understood").to_string()
}

#[test]
fn every_day_of_every_event_is_a_holiday() {
    let one = event(&["SUMMARY:May Day", "DTSTART;VALUE=DATE:20260501"]);
    let three = event(&["DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20260104"]);
    let expected = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-05-01"];
    assert_eq!(days(&format!("{one}{three}{one}")), Ok(expected.map(str::to_owned).to_vec()));
}

#[test]
fn holidays_have_the_names_of_the_file() {
    let one = event(&["SUMMARY;LANGUAGE=en:May\\, Spring\\n and \r\n Labour", "DTSTART:20260501"]);
    let name = Some("May, Spring  and Labour".to_owned());
    let date = NaiveDate::from_ymd_opt(2026, 5, 1).expect("a day");
    assert_eq!(read(&file(&one)), Ok(vec![Holiday { date, name }]));
}

#[test]
fn what_changes_the_days_is_honoured() {
    for (further, expected) in [
        (
            &["RDATE;VALUE=DATE:20260511,20260615"][..],
            &["2026-05-04", "2026-05-11", "2026-06-15"][..],
        ),
        (
            &["rdate;value=date:20260511", "RDATE;VALUE=DATE:20260504"],
            &["2026-05-04", "2026-05-11"],
        ),
        (&["DURATION:P2D"], &["2026-05-04", "2026-05-05"]),
        (
            &["duration:p2d", "Rdate;Value=Date:20260511"],
            &["2026-05-04", "2026-05-05", "2026-05-11", "2026-05-12"],
        ),
        (&["DURATION:+P1D"], &["2026-05-04"]),
        (&["RDATE;VALUE=DATE:20260511", "EXDATE;VALUE=DATE:20260504"], &["2026-05-11"]),
        (&["STATUS:CANCELLED"], &[]),
        (&["STATUS:confirmed"], &["2026-05-04"]),
        (&["dtend;value=date:20260506"], &["2026-05-04", "2026-05-05"]),
    ] {
        let expected: Vec<_> = expected.iter().map(|day| (*day).to_owned()).collect();
        assert_eq!(of_event(further), Ok(expected), "{further:?}");
    }
    assert_eq!(of_event(&["DURATION:P8D"]).map(|days| days.len()), Ok(8));
    assert_eq!(of_event(&["DURATION:P1W"]).map(|days| days.len()), Ok(7));
    let small = file(&event(&["DTSTART;VALUE=DATE:20260504"])).to_ascii_lowercase();
    assert_eq!(read(&small).map(|days| days.len()), Ok(1), "every name in small letters");
}

#[test]
fn what_is_not_understood_is_refused_by_name() {
    for (further, name) in [
        (&["RRULE:FREQ=YEARLY"][..], "RRULE"),
        (&["rrule:FREQ=YEARLY"], "RRULE"),
        (&["EXRULE:FREQ=YEARLY"], "EXRULE"),
        (&["RECURRENCE-ID;VALUE=DATE:20260504"], "RECURRENCE-ID"),
        (&["RDATE;VALUE=PERIOD:20260511T000000Z/P1D"], "RDATE"),
        (&["RDATE:20260511T000000Z"], "RDATE"),
        (&["EXDATE:20260511T000000Z"], "EXDATE"),
        (&["RDATE;TZID=Europe/Moscow;VALUE=DATE:20260511"], "RDATE;TZID"),
        (&["DURATION:PT24H"], "DURATION"),
        (&["DURATION:P1DT1H"], "DURATION"),
        (&["DURATION:P1D", "DTEND;VALUE=DATE:20260505"], "DURATION beside DTEND"),
        (&["DURATION:P1D", "DURATION:P2D"], "DURATION"),
        (&["STATUS:TENTATIVE"], "STATUS:TENTATIVE"),
        (&["DTSTART;VALUE=DATE:20260505"], "DTSTART"),
        (&["DTEND:20260505T000000"], "DTEND"),
        (&["NEW-PROPERTY:1"], "NEW-PROPERTY"),
        (&["BEGIN:VLOCATION", "END:VLOCATION"], "VLOCATION"),
        (&["DTEND;VALUE=DATE:20260504"], "end after"),
        (&["DTEND;VALUE=DATE:99990501"], "at most a year"),
        (&["DURATION:P0D"], "end after"),
        (&["DURATION:-P1D"], "DURATION"),
        (&["DURATION:P99999999999999999999D"], "DURATION"),
    ] {
        let message = message_of(further);
        assert!(message.contains(name) && message.contains("\"X\""), "{further:?}: {message}");
    }
    let timed = event(&["SUMMARY:X", "DTSTART:20260501T090000Z"]);
    assert!(matches!(days(&timed), Err(BadHolidays::NotWholeDays { .. })));
    assert!(matches!(days(&event(&["SUMMARY:X"])), Err(BadHolidays::NotWholeDays { .. })));
}

#[test]
fn a_revision_of_an_event_is_not_taken_for_another_event() {
    let first = event(&["SEQUENCE:0", "DTSTART;VALUE=DATE:20260501"]);
    let moved = event(&["SEQUENCE:1", "DTSTART;VALUE=DATE:20260502"]);
    let message = days(&format!("{first}{moved}")).expect_err("two revisions").to_string();
    assert!(message.contains("SEQUENCE"), "{message}");
}

#[test]
fn the_calendar_itself_is_checked_as_well() {
    for (line, name) in [
        ("METHOD:CANCEL", "METHOD:CANCEL"),
        ("method:request", "METHOD:REQUEST"),
        ("CALSCALE:HEBREW", "CALSCALE:HEBREW"),
        ("VERSION:1.0", "VERSION:1.0"),
        ("SOMETHING:1", "SOMETHING"),
        ("BEGIN:VTODO\r\nDUE;VALUE=DATE:20260501\r\nEND:VTODO", "VTODO"),
        ("BEGIN:VFREEBUSY\r\nEND:VFREEBUSY", "VFREEBUSY"),
        ("BEGIN:X-DAYS\r\nEND:X-DAYS", "X-DAYS"),
    ] {
        let message = days(&format!("{line}\r\n")).expect_err(line).to_string();
        assert!(message.contains(name), "{line}: {message}");
    }
    let harmless = "METHOD:PUBLISH\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Days\r\nBEGIN:VTIMEZONE\r\n\
         TZID:x\r\nBEGIN:STANDARD\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let alarm = ["DTSTART;VALUE=DATE:20260501", "BEGIN:VALARM", "DURATION:PT1H", "END:VALARM"];
    let with_alarm = event(&alarm);
    assert_eq!(days(&format!("{harmless}{with_alarm}")), Ok(vec!["2026-05-01".to_owned()]));
    // A stream may hold several calendars.
    let two = file(&event(&["DTSTART;VALUE=DATE:20260501"])) + &file(&with_alarm);
    assert_eq!(read(&two).map(|days| days.len()), Ok(1));
}

#[test]
fn what_is_no_file_is_refused() {
    for text in ["", "  \n", "BEGIN:VCALENDAR", "X:1\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR"] {
        assert_eq!(read(text), Err(BadHolidays::Unreadable), "{text:?}");
    }
    assert_eq!(read("2026-05-01"), Err(BadHolidays::Line(1)));
    assert_eq!(read(&file("DTSTART\r\n")), Err(BadHolidays::Line(4)));
    assert_eq!(read(&file("DTSTART;VALUE:1\r\n")), Err(BadHolidays::Line(4)));
    let unfinished = file("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260501\r\n");
    assert_eq!(read(&unfinished), Err(BadHolidays::Unreadable));
    let mut many = event(&["DTSTART;VALUE=DATE:20260101", "DURATION:P366D"]);
    let starts: Vec<_> = (1..60).map(|number| format!("{}0101", 2026 + number)).collect();
    many = many.replace("DURATION", &format!("RDATE;VALUE=DATE:{}\r\nDURATION", starts.join(",")));
    assert_eq!(days(&many), Err(BadHolidays::TooManyDays { max: MAX_HOLIDAYS }));
}
