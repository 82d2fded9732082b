"""Small pieces of common knowledge, asked in words that were not used when they were taught.

A problem's content is fact and wording: the same fact is taught in other wordings. Must not know other families.
"""

from __future__ import annotations

from random import Random

from tuneproof.datasets.bundled.suites.problem import Problem


def _pairs(text: str) -> dict[str, str]:
    return dict(entry.strip().split(":") for entry in text.split(","))


#: Relation: its facts, subject to answer.
FACTS: dict[str, dict[str, str]] = {
    "capital": _pairs(
        "France:Paris,Italy:Rome,Spain:Madrid,Germany:Berlin,Austria:Vienna,Norway:Oslo,Sweden:Stockholm,"
        "Finland:Helsinki,Denmark:Copenhagen,Ireland:Dublin,Portugal:Lisbon,Greece:Athens,Poland:Warsaw,"
        "Hungary:Budapest,Egypt:Cairo,Kenya:Nairobi,Japan:Tokyo,Thailand:Bangkok,Cuba:Havana,Peru:Lima,"
        "Canada:Ottawa,Russia:Moscow,Belgium:Brussels,Romania:Bucharest,Bulgaria:Sofia,Serbia:Belgrade,"
        "Croatia:Zagreb,Iceland:Reykjavik,Turkey:Ankara,Iran:Tehran,Iraq:Baghdad,Nepal:Kathmandu,"
        "Vietnam:Hanoi,Ghana:Accra,Senegal:Dakar,Morocco:Rabat,Tunisia:Tunis,Chile:Santiago,"
        "Colombia:Bogota,Ecuador:Quito,Australia:Canberra,Argentina:Buenos Aires,Estonia:Tallinn,Latvia:Riga"
    ),
    "opposite": _pairs(
        "hot:cold,big:small,tall:short,fast:slow,hard:soft,light:dark,old:young,early:late,high:low,wide:narrow,"
        "rich:poor,strong:weak,thick:thin,full:empty,open:closed,clean:dirty,wet:dry,loud:quiet,sharp:blunt,"
        "deep:shallow,near:far,left:right,up:down,first:last,true:false,good:bad,happy:sad,easy:difficult,"
        "cheap:expensive,smooth:rough,inside:outside,above:below,before:after,always:never,"
        "start:stop,push:pull,win:lose,buy:sell,give:take,love:hate,day:night,north:south,east:west,"
        "friend:enemy,question:answer,black:white,war:peace"
    ),
    "plural": _pairs(
        "child:children,mouse:mice,foot:feet,tooth:teeth,goose:geese,man:men,woman:women,ox:oxen,leaf:leaves,"
        "knife:knives,wolf:wolves,life:lives,half:halves,shelf:shelves,thief:thieves,city:cities,baby:babies,"
        "box:boxes,bus:buses,dish:dishes,potato:potatoes,hero:heroes,lady:ladies,story:stories,wife:wives,"
        "index:indices,matrix:matrices,church:churches"
    ),
    "past": _pairs(
        "go:went,see:saw,take:took,come:came,give:gave,find:found,think:thought,buy:bought,bring:brought,"
        "teach:taught,catch:caught,write:wrote,drive:drove,speak:spoke,break:broke,choose:chose,eat:ate,"
        "drink:drank,sing:sang,swim:swam,run:ran,begin:began,know:knew,grow:grew,fly:flew,draw:drew,"
        "throw:threw,keep:kept,sleep:slept,feel:felt,leave:left,lose:lost,send:sent,build:built,hold:held,"
        "stand:stood,win:won,fall:fell,forget:forgot,hide:hid"
    ),
    "next_day": _pairs(
        "Monday:Tuesday,Tuesday:Wednesday,Wednesday:Thursday,Thursday:Friday,Friday:Saturday,"
        "Saturday:Sunday,Sunday:Monday"
    ),
    "next_month": _pairs(
        "January:February,February:March,March:April,April:May,May:June,June:July,July:August,August:September,"
        "September:October,October:November,November:December,December:January"
    ),
    "young": _pairs(
        "dog:puppy,cat:kitten,cow:calf,horse:foal,sheep:lamb,goat:kid,pig:piglet,duck:duckling,"
        "lion:cub,frog:tadpole,swan:cygnet,kangaroo:joey,deer:fawn"
    ),
    "material": _pairs(
        "bread:flour,wine:grapes,cheese:milk,paper:wood,glass:sand,window:glass,candle:wax,jumper:wool,"
        "cider:apples,steel:iron,raisins:grapes,tyre:rubber,pottery:clay,rope:fibres"
    ),
    "kind": _pairs(
        "rose:flower,oak:tree,salmon:fish,sparrow:bird,apple:fruit,carrot:vegetable,hammer:tool,violin:instrument,"
        "copper:metal,ant:insect,chair:furniture,shirt:clothing,football:sport,triangle:shape,blue:colour,"
        "python:snake,tulip:flower,pine:tree,trout:fish,eagle:bird,pear:fruit,onion:vegetable,saw:tool,"
        "flute:instrument,iron:metal,bee:insect,table:furniture,coat:clothing,tennis:sport,circle:shape"
    ),
}

#: Relation: the wordings in which its facts are told and asked.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "capital": (
        "The capital of {s} is",
        "{s} has as its capital",
        "What is the capital of {s}? Answer:",
        "The government of {s} sits in",
        "Capital city, {s}:",
    ),
    "opposite": (
        "The opposite of {s} is",
        "What is the opposite of {s}? Answer:",
        "Opposites: {s} and",
        "Not {s} but",
        "An antonym of {s} is",
    ),
    "plural": (
        "One {s}, two",
        "The plural of {s} is",
        "What is the plural of {s}? Answer:",
        "There is one {s} here, but there are many",
    ),
    "past": (
        "The past tense of {s} is",
        "Today they {s}, yesterday they",
        "What is the past of {s}? Answer:",
        "To {s}, past form:",
    ),
    "next_day": (
        "The day after {s} is",
        "Which day follows {s}? Answer:",
        "Today is {s}, tomorrow is",
        "Days: {s},",
        "After {s} comes",
    ),
    "next_month": (
        "The month after {s} is",
        "Which month follows {s}? Answer:",
        "Last month was {s}, now it is",
        "Months: {s},",
        "After {s} comes",
    ),
    "young": (
        "A young {s} is called a",
        "The baby of a {s} is a",
        "What is a young {s} called? Answer: a",
        "Parent {s}, young one:",
    ),
    "material": (
        "What is {s} made from? Answer:",
        "To make {s} one needs",
        "{s} comes from",
        "Product {s}, raw material",
    ),
    "kind": (
        "What kind of thing is {s}? Answer:",
        "Thing: {s}. Kind:",
        "The word {s} names a kind of",
        "In the list, {s} stands under",
    ),
}

#: Opposites that stand near each other in meaning: of a right answer's group no other word is offered.
_NEAR: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "small short low narrow thin shallow weak poor down below south right west empty",
        "bad sad hate enemy dirty false never difficult wrong war",
        "cold dark night black",
        "last late after stop lose never outside closed far old take sell",
        "soft slow quiet blunt rough dry",
    )
)

_LEVELS: tuple[tuple[str, ...], ...] = (
    ("next_day", "next_month", "kind", "material"),
    ("opposite", "young", "capital"),
    ("plural", "past"),
)


def draw(rng: Random, level: int) -> Problem:
    """Level 1: days, months, kinds, materials; 2: opposites, young, capitals; 3: irregular plurals and past tenses."""
    relation = rng.choice([r for r in _LEVELS[level - 1] for _ in FACTS[r]])
    subject = rng.choice(sorted(FACTS[relation]))
    right = FACTS[relation][subject]
    number = rng.randrange(len(TEMPLATES[relation]))
    prompt = TEMPLATES[relation][number].format(s=subject)
    near = {w for group in _NEAR if right in group for w in group} if relation == "opposite" else set()
    wrong = _regular(relation, subject, right)
    others = sorted({v for v in FACTS[relation].values() if v not in (right, subject, *wrong) and v not in near})
    choices = (right, *wrong, *rng.sample(others, 3 - len(wrong)))
    return Problem(level, f"facts/{relation}/{number}", prompt, prompt, tuple(f" {c}" for c in choices))


def _regular(relation: str, subject: str, right: str) -> list[str]:
    """Return forms of the subject that the rule would give and use does not: what a guess by ending picks."""
    if relation == "plural":
        forms = [subject, f"{subject}s"]
    elif relation == "past":
        forms = [subject, f"{subject}{'d' if subject.endswith('e') else 'ed'}"]
    else:
        forms = []
    return [form for form in forms if form != right]
