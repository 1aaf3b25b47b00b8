"""Scenario files: what they say is what is understood, and what is wrong is told with where it stands."""

from datetime import timedelta

import pytest

from cutover.exits import Exit
from cutover.rehearsal.scenario import (
    Answers,
    At,
    AwsFault,
    Course,
    Crowd,
    EdgeFault,
    Event,
    Form,
    HandEdit,
    Kill,
    Lock,
    Moment,
    Outage,
    Rate,
    Typing,
)
from cutover.rehearsal.scenario_file import BadScenario, moment_of, scenario_of

EXPECT = '[expect]\nexit = 0\ncourse = "went on"\n'
HEAD = 'title = "T"\nstory = "S."\n'


def event(*lines: str, when: str = "settled 50") -> str:
    """A file with this event."""
    return HEAD + "\n".join(["[[event]]", f'when = "{when}"', *lines, ""]) + EXPECT


def only(text: str) -> Event:
    """The one event that a file has."""
    [found] = scenario_of("mine", text).events
    return found


def refused(text: str) -> str:
    """Why."""
    with pytest.raises(BadScenario) as caught:
        scenario_of("mine", text)
    return str(caught.value)


def test_the_shortest_one_climbs_the_whole_ladder_and_nothing_happens() -> None:
    scenario = scenario_of("mine", HEAD + EXPECT)
    assert (scenario.name, scenario.title, scenario.story, scenario.events, scenario.then) == (
        "mine",
        "T",
        "S.",
        (),
        (),
    )
    assert (scenario.full, scenario.short) == (Form(), Form(prelude=()))
    assert (scenario.expect.exit, scenario.expect.course, scenario.expect.weight) == (0, Course.WENT_ON, None)
    assert (scenario.expect.ecs, scenario.expect.serverless, scenario.expect.in_sync) == ("right", "right", True)


def test_a_story_may_have_lines() -> None:
    assert scenario_of("mine", 'title = "T"\nstory = """\nA\n b.\n"""\n' + EXPECT).story == "A b."


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        ("edge = { errors = 0.3 }", EdgeFault({"errors": 0.3})),
        ("aws = { cloudwatch_silent = ['AWS/ApiGateway'] }", AwsFault({"cloudwatch_silent": ["AWS/ApiGateway"]})),
        ('outage = "valkey"', Outage("valkey")),
        ('kill = "run"', Kill()),
        ("records = { ecs = 60, lambda = 40 }", HandEdit(60, 40)),
        ("arrivals = 330", Rate(330)),
        ("types = \"shift --reason 'a b'\"\nexit = 7", Typing("shift --reason 'a b'", Exit.LOCKED)),
        ('lock = ["mocs", "images"]\nfor = "1m"', Lock(("mocs", "images"))),
        ('connections = "all"\nuntil = "sent 100"', Crowd()),
    ],
)
def test_everything_that_can_happen(line: str, deed: object) -> None:
    found = only(event(line))
    assert (found.deed, found.when) == (deed, Moment(At.SETTLED, 50))


def test_what_lasts_ends_after_a_while_or_at_a_moment() -> None:
    assert only(event('outage = "valkey"', 'for = "3m"')).lasts == timedelta(minutes=3)
    assert only(event('outage = "valkey"', 'until = "sent 100"')).until == Moment(At.SENT, 100)
    assert only(event('outage = "valkey"')).moments == (Moment(At.SETTLED, 50),)


@pytest.mark.parametrize(
    ("text", "moment", "words"),
    [
        ("start", Moment(At.START), "at the start"),
        ("start + 2m", Moment(At.START, 0, timedelta(minutes=2)), "at the start, 2m later"),
        ("before 10", Moment(At.BEFORE, 10), "before the step to 10%"),
        ("sent 50", Moment(At.SENT, 50), "while the step to 50% is PENDING"),
        ("settled 100+90s", Moment(At.SETTLED, 100, timedelta(seconds=90)), "at 100%, 1m30s later"),
    ],
)
def test_every_moment(text: str, moment: Moment, words: str) -> None:
    assert moment_of(text) == moment == moment_of(str(moment))
    assert moment.words == words


@pytest.mark.parametrize(
    "text",
    ["", "50", "settled", "settled 30", "settled 050", "settled fifty", "start 50", "sent 50 50", "later 50", "+ 3m",
     "Settled 50", "sent \u0665\u0660"],
)  # fmt: skip
def test_anything_else_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r'is no moment; write "start", "before 50", .*, steps are 10, 50, 100'):
        moment_of(text)


@pytest.mark.parametrize(
    ("text", "why"), [("settled 50 + soon", "'soon' is not a duration"), ("before 50 + 1m", "has not come yet")]
)
def test_a_moment_is_counted_in_durations_from_what_has_come(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        moment_of(text)


def test_forms_differ_from_the_usual_ones_where_they_say_so() -> None:
    forms = '[short]\nsteps = [50]\ngive-up-after = "8m"\narrivals = 90\n[full]\nprelude = ["drill"]\n'
    scenario = scenario_of("mine", HEAD + forms + EXPECT)
    assert scenario.short == scenario.form(quick=True) == Form((50,), (), "8m", 90)
    assert scenario.full == scenario.form(quick=False) == Form(prelude=("drill",))


def test_an_end_says_where_the_weights_are_and_what_must_be_written() -> None:
    expect = (
        '[expect]\nexit = 6\ncourse = "held"\nlambda-weight = 50\nbecause = ["common-cause"]\nin-sync = false\n'
        'ecs = "right apart from the fault"\nlambda = "any"\nledger = ["stopped"]\nnever = ["rolled-back"]\n'
    )
    found = scenario_of("mine", HEAD + expect).expect
    assert (found.exit, found.course, found.weight, found.because) == (6, "held", 50, ("common-cause",))
    assert (found.in_sync, found.ecs, found.serverless) == (False, Answers.RIGHT_APART, Answers.ANY)
    assert (found.ledger, found.never) == (("stopped",), ("rolled-back",))
    assert found.words == "exit 6, held (common-cause), Lambda at 50%"


def test_what_is_rolled_back_ends_at_0_and_what_goes_on_at_the_last_step() -> None:
    back = scenario_of("mine", HEAD + '[expect]\nexit = 4\ncourse = "rolled back"\n').expect
    assert (back.weight, back.weight_on(Form())) == (0, 0)
    on = scenario_of("mine", HEAD + EXPECT).expect
    assert (on.weight_on(Form()), on.weight_on(Form((10,)))) == (100, 10)


def test_what_people_type_afterwards_comes_in_their_order() -> None:
    then = '[[then]]\ntypes = "drift"\nexit = 5\n[[then]]\ntypes = "run --yes"\nexit = 0\n'
    scenario = scenario_of("mine", HEAD + then + EXPECT.replace("0", "5"))
    assert [(one.command, one.exit) for one in scenario.then] == [("drift", 5), ("run --yes", 0)]
    assert list(scenario.typed) == list(scenario.then)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title = ", "scenario mine is not TOML: "),
        (HEAD, "missing required field `expect`"),
        (EXPECT, "missing required field `title`"),
        ("colour = 1\n" + HEAD + EXPECT, "unknown field `colour`"),
        (HEAD + EXPECT + "colour = 1", "unknown field `colour` - at `$.expect`"),
        (HEAD + EXPECT.replace("0", "77"), "Invalid enum value 77 - at `$.expect.exit`"),
        (HEAD + EXPECT + 'ecs = "fine"', "Invalid enum value 'fine' - at `$.expect.ecs`"),
        (HEAD + EXPECT + 'ledger = ["rain"]', "Invalid enum value 'rain' - at `$.expect.ledger[0]`"),
        (HEAD + EXPECT + 'because = ["rain"]', "because ['rain']: there are telemetry, error-rate, p95, "),
        (HEAD + EXPECT + 'ledger = ["baked"]\nnever = ["baked"]', "can't both hold and not hold ['baked']"),
        (HEAD + EXPECT.replace("0", "4"), "what went on does not end with 4"),
        (HEAD + EXPECT.replace("went on", "rolled back"), "what rolled back does not end with 0"),
        (HEAD + EXPECT.replace("went on", "held"), "held: say at which lambda-weight"),
        (HEAD + "[short]\nsteps = [30]\n" + EXPECT, "steps [30]: a rehearsal's ladder has 10, 50, 100"),
        (HEAD + "[short]\nsteps = [50, 10]\n" + EXPECT, "steps [50, 10]: they go up, each once"),
        (HEAD + "[short]\nsteps = [50, 50]\n" + EXPECT, "steps [50, 50]: they go up, each once"),
        (HEAD + "[short]\nsteps = []\n" + EXPECT, "length >= 1 - at `$.short.steps`"),
        (HEAD + '[full]\ngive-up-after = "never"\n' + EXPECT, "'never' is not a duration"),
        (HEAD + "[full]\narrivals = 0\n" + EXPECT, "at `$.full.arrivals`"),
        (HEAD + '[full]\nprelude = ["dance"]\n' + EXPECT, "Invalid enum value 'dance'"),
        (HEAD + "[short]\nsteps = [10]\n" + event('kill = "run"').removeprefix(HEAD),
         "event 1: settled 50: the short form's steps are 10"),
        (event(), "event 1: it says 0 things that happen; it takes exactly one of edge, aws, outage, "),
        (event('kill = "run"', "arrivals = 3"), "event 1: it says 2 things that happen"),
        (event("edge = { rain = 1 }"), "unknown field `rain` - at `$.event[0].edge`"),
        (event("edge = { errors = 2 }"), "at `$.event[0].edge.errors`"),
        (event("aws = { rain = 1 }"), "unknown field `rain` - at `$.event[0].aws`"),
        (event('outage = "moto"'), "Invalid enum value 'moto' - at `$.event[0].outage`"),
        (event("lock = ['a; DROP']", 'for = "1m"'), "at `$.event[0].lock[0]`"),
        (event('lock = ["mocs"]'), "needs an end: for or until"),
        (event('connections = "all"'), "needs an end: for or until"),
        (event("arrivals = 601"), "at `$.event[0].arrivals`"),
        (event("records = { ecs = 60, lambda = 60 }"), "weights sum to 120; they have to be 100"),
        (event('kill = "run"', 'for = "1m"'), "has neither for nor until"),
        (event('kill = "run"', "exit = 0"), "only what is typed has an exit"),
        (event('outage = "valkey"', 'for = "1m"', 'until = "sent 100"'), "either for or until, not both"),
        (event('outage = "valkey"', 'for = "soon"'), "event 1: 'soon' is not a duration"),
        (event('outage = "valkey"', 'until = "soon"'), "event 1: 'soon' is no moment"),
        (event('kill = "run"', when="start"), "cutover run can be killed once: sent or settled"),
        (event('kill = "run"', "[[event]]", 'when = "sent 10"', 'kill = "run"'), "can be killed once"),
        (event('types = "status"'), "'status': say which exit it must have"),
        (event('types = "cutover status"', "exit = 0"), "write what follows the word cutover"),
        (event('types = "rehearse --all"', "exit = 0"), "no rehearsal within a rehearsal"),
        (event('types = "--quiet rehearse --quick"', "exit = 0"), "cutover rehearse has no place within a rehearsal"),
        (event('types = "load run spike --target public"', "exit = 0"), "cutover load has no place within a rehearsal"),
        (event('types = "shift --config=/etc/own.toml"', "exit = 0"), "--config=/etc/own.toml names another world"),
        (event('types = "status --profile production"', "exit = 0"), "--profile names another world"),
        (event("types = ' '", "exit = 0"), "write what follows the word cutover"),
        (event("types = \"shift 'x\"", "exit = 0"), "event 1: No closing quotation"),
        (event('kill = "run"', when="later"), "event 1: 'later' is no moment"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_where_it_stands(text: str, why: str) -> None:
    told = refused(text)
    assert told.startswith("scenario mine")
    assert why in told


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("edge = { errors = 0.3, cold = true }", "at 50%: the edge: errors 0.3, cold on"),
        ("edge = { cold = false }", "at 50%: the edge: cold off"),
        ("edge = {}", "at 50%: the edge: nothing"),
        ('aws = { cloudwatch_silent = ["a", "b"] }', "at 50%: AWS: cloudwatch_silent a, b"),
        ('outage = "valkey"\nfor = "3m"', "at 50%: valkey is gone, for 3m"),
        ('lock = ["mocs"]\nfor = "4m"', "at 50%: somebody locks mocs in PostgreSQL, for 4m"),
        ('connections = "all"\nfor = "4m"',
         "at 50%: somebody takes every connection that PostgreSQL has left, for 4m"),
        ('kill = "run"', "at 50%: cutover run is killed (kill -9), and started again"),
        ("records = { ecs = 60, lambda = 40 }", "at 50%: somebody sets the weights by hand: ecs 60 / lambda 40"),
        ("arrivals = 330", "at 50%: 330 requests arrive a second"),
        ('types = "status"\nexit = 0', "at 50%: somebody types cutover status"),
        ('kill = "run"\nsays = "the power fails"', "at 50%: the power fails"),
    ],
)  # fmt: skip
def test_everything_is_told_in_words(line: str, sentence: str) -> None:
    assert only(event(line)).sentence == sentence
