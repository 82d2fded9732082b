"""Words that turn a statement round: opposites by list and by prefix, over crude stems.

Knows single words of English and of interfaces: by list, by a negating prefix, and by two openings or endings of one
rest. It must not know sentences.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

OPPOSITE_LIST = """
    enable/disable before/after minimum/maximum min/max minimal/maximal add/remove add/delete client/server start/stop
    start/end open/close read/write reader/writer input/output encode/decode encoder/decoder encrypt/decrypt
    compress/decompress first/last left/right upper/lower uppercase/lowercase top/bottom increase/decrease
    increment/decrement ascending/descending ascend/descend allow/deny allow/forbid allow/prevent permit/forbid
    allow/block allow/prohibit allowed/forbidden permitted/prohibited include/exclude import/export upload/download
    install/uninstall lock/unlock acquire/release push/pop append/prepend insert/delete create/delete create/destroy
    get/set load/dump load/save load/unload attach/detach bind/unbind connect/disconnect mount/unmount
    register/unregister show/hide true/false yes/no on/off up/down in/out more/less more/fewer most/least most/fewest
    greater/less greater/smaller larger/smaller bigger/smaller longer/shorter long/short higher/lower high/low
    faster/slower fast/slow above/below over/under always/never always/sometimes all/none all/some any/no with/without
    valid/invalid success/failure succeed/fail pass/fail public/private local/remote local/global
    synchronous/asynchronous sync/async blocking/nonblocking mutable/immutable signed/unsigned little/big
    parent/child source/target source/destination sender/receiver send/receive request/response forward/backward
    forwards/backwards next/previous old/new older/newer oldest/newest begin/end required/optional mandatory/optional
    positive/negative inclusive/exclusive strong/weak strict/lenient shallow/deep static/dynamic internal/external
    horizontal/vertical row/column rows/columns key/value even/odd earlier/later early/late earliest/latest
    present/absent empty/full accept/reject grow/shrink expand/collapse merge/split online/offline primary/secondary
    must/may must/optional explicit/implicit eager/lazy eagerly/lazily prefix/suffix leading/trailing head/tail
    numerator/denominator absolute/relative temporary/permanent stable/unstable safe/unsafe both/neither either/neither
    keep/discard keep/drop preserve/discard fixed/variable inside/outside inner/outer within/outside since/until
    serial/parallel plural/singular stdin/stdout stdout/stderr text/binary visible/hidden simple/complex same/different
    equal/different subscribe/unsubscribe publish/unpublish pause/resume raise/suppress raise/ignore follow/precede
    succeed/precede plus/minus multiply/divide addition/subtraction horizontally/vertically
    finish/start finish/begin terminate/start terminate/launch stop/continue stop/run halt/continue halt/resume
    abort/continue abort/commit commit/rollback activate/deactivate arm/disarm permit/deny permit/refuse grant/deny
    grant/revoke approve/reject accept/refuse accept/decline agree/disagree confirm/cancel confirm/deny admit/deny
    save/discard save/delete store/discard retain/discard retain/remove retain/drop keep/remove keep/delete keep/lose
    find/lose gain/lose win/lose add/subtract add/drop add/take combine/separate join/split join/leave join/separate
    enter/leave enter/exit entry/exit arrive/depart arrival/departure fill/empty fill/drain fold/unfold wrap/unwrap
    pack/unpack zip/unzip freeze/thaw freeze/unfreeze heat/cool warm/cool warm/cold hot/cold tie/untie bind/release
    hold/release catch/release catch/throw suppress/propagate swallow/propagate hide/reveal hide/expose show/conceal
    cover/uncover mask/unmask mask/reveal escape/unescape quote/unquote serialize/deserialize serialise/deserialise
    marshal/unmarshal pickle/unpickle flatten/nest tighten/loosen strengthen/weaken widen/narrow wide/narrow
    broad/narrow thick/thin tall/short deep/shallow heavy/light dark/light dark/bright bright/dim loud/quiet
    rise/fall raise/lower ascend/fall climb/descend advance/retreat accelerate/decelerate accelerate/slow
    quick/slow quickly/slowly quicker/slower rapid/slow early/belated strong/feeble hard/soft rough/smooth tight/loose
    tighter/looser stronger/weaker cheaper/dearer cheap/expensive safe/dangerous secure/vulnerable trusted/untrusted
    clean/dirty wet/dry sharp/blunt full/partial whole/partial complete/partial entire/partial exact/approximate
    exactly/approximately precise/vague precisely/roughly known/unknown common/rare common/unique frequent/rare
    frequently/rarely often/rarely often/seldom usually/rarely usually/seldom always/rarely always/seldom
    sometimes/never permanent/transient persistent/transient persistent/volatile durable/volatile
    temporarily/permanently constant/variable constant/changing uniform/varying homogeneous/heterogeneous
    identical/distinct identical/different alike/different similar/different same/distinct same/opposite
    equal/unequal match/differ matches/differs general/specific generic/specific abstract/concrete
    automatic/manual automatically/manually implicitly/explicitly statically/dynamically locally/remotely
    globally/locally internally/externally publicly/privately directly/indirectly synchronously/asynchronously
    sequential/parallel sequential/concurrent sequentially/concurrently sequential/random single/multiple
    single/double single/several once/repeatedly once/twice singly/together alone/together individually/together
    separately/together individually/collectively individual/collective compulsory/optional obligatory/optional
    voluntary/mandatory voluntary/compulsory necessary/optional needed/optional mandatory/voluntary default/custom
    builtin/custom active/inactive active/passive active/idle busy/idle awake/asleep wake/sleep alive/dead live/dead
    birth/death old/young older/younger ancient/modern modern/obsolete current/former current/obsolete
    current/outdated recent/old latest/first newest/first initial/final initially/finally first/final opening/closing
    begin/finish beginning/end beginning/ending start/finish head/foot front/back front/rear fore/aft frontend/backend
    north/south east/west northern/southern eastern/western clockwise/anticlockwise clockwise/counterclockwise
    incoming/outgoing inbound/outbound ingress/egress inward/outward inwards/outwards upward/downward
    upwards/downwards upstream/downstream upgrade/downgrade uphill/downhill upstairs/downstairs upscale/downscale
    indoor/outdoor indoors/outdoors inside/out interior/exterior inner/external producer/consumer produce/consume
    publisher/subscriber sender/recipient caller/callee buyer/seller buy/sell lend/borrow lender/borrower
    teacher/student teach/learn employer/employee master/slave leader/follower lead/follow host/guest
    ancestor/descendant predecessor/successor superclass/subclass superset/subset supertype/subtype
    child/ancestor parent/descendant upper/bottom top/lower topmost/bottommost highest/lowest largest/smallest
    biggest/smallest longest/shortest fastest/slowest greatest/least best/worst better/worse good/bad well/badly
    easy/hard easy/difficult easier/harder simple/complicated trivial/hard possible/impossible able/unable
    capable/incapable legal/illegal right/wrong correct/wrong correct/incorrect truth/falsehood truthy/falsy
    success/error successful/failed succeeded/failed successfully/unsuccessfully fulfilled/rejected fulfil/reject
    resolved/rejected healthy/unhealthy benign/malicious friend/enemy love/hate happy/sad happy/unhappy glad/sad
    win/defeat victory/defeat war/peace profit/loss credit/debit debit/deposit deposit/withdraw deposit/withdrawal
    income/expense asset/liability surplus/deficit supply/demand rich/poor major/minor majority/minority
    maximise/minimise maximize/minimize maximal/minimum maximally/minimally max/minimum min/maximum ceiling/floor
    ceil/floor atleast/atmost least/most fewer/more fewest/most lesser/greater under/above over/below
    underneath/above exceed/undercut enough/insufficient sufficient/insufficient abundant/scarce plenty/little many/few
    much/little extra/missing present/missing existing/missing exist/missing exists/missing there/absent here/there
    available/missing occupied/free occupied/vacant taken/free reserved/free attached/detached linked/separate
    connected/isolated shared/exclusive shared/private shared/separate common/separate opaque/transparent
    visible/invisible clear/opaque clear/set masked/exposed mutable/frozen writable/readonly encrypted/plain
    encrypted/plaintext encrypted/cleartext signed/unsigned hashed/plain compressed/raw cooked/raw raw/formatted
    sorted/unsorted ordered/random ordered/arbitrary oldest/latest ascending/reverse chronological/reverse
    forward/reverse forward/back forwards/backwards clockwise/reverse recursive/iterative recursively/iteratively
    lexical/numeric numeric/alphabetic alphabetical/numerical numerical/lexicographical decimal/binary
    decimal/hexadecimal singular/multiple positive/zero zero/nonzero odd/oddly day/night daytime/nighttime
    morning/evening midnight/noon today/tomorrow yesterday/tomorrow yesterday/today past/future past/present
    sit/stand sitting/standing stand/lie asleep/wake laugh/cry smile/frown push/pull whisper/shout
    man/woman men/women boy/girl boys/girls male/female husband/wife father/mother son/daughter brother/sister
    uncle/aunt king/queen adult/child everything/nothing everybody/nobody everyone/nobody somebody/nobody
    someone/nobody something/nothing everywhere/nowhere somewhere/nowhere all/no every/no every/none each/none
    always/occasionally unconditionally/conditionally unconditional/conditional absolute/conditional lossless/lossy
    greedy/lazy greedy/nongreedy pessimistic/optimistic normal/abnormal ordinary/special regular/irregular
    natural/artificial original/copy original/modified genuine/fake real/fake real/virtual physical/virtual
    physical/logical hardware/software offline/live tls/plaintext stateful/stateless connection/connectionless
    warn/ignore obey/disobey obey/ignore respect/ignore honour/ignore honor/ignore heed/ignore follow/ignore
    follow/lead consider/ignore apply/skip process/skip execute/skip run/skip include/omit include/skip include/leave
    included/omitted kept/omitted emit/suppress print/suppress log/suppress allow/disallow allow/refuse allow/reject
    enable/prevent enable/block cause/prevent trigger/prevent help/hinder attack/defend assemble/disassemble
    construct/destroy construct/destruct constructor/destructor build/destroy build/demolish allocate/free
    allocate/deallocate allocate/release reserve/release borrow/return reference/dereference increment/reset
    insert/extract insert/remove put/remove enqueue/dequeue push/shift attach/remove append/remove extend/shorten
    extend/truncate lengthen/shorten stretch/shrink enlarge/shrink enlarge/reduce increase/reduce increases/reduces
    increase/lower grow/reduce raise/reduce double/halve inflate/deflate expand/shrink expand/contract
    maximise/reduce amplify/attenuate promote/demote encourage/discourage like/dislike trust/distrust
    appear/disappear appear/vanish emerge/vanish assert/deny affirm/deny affirmative/negative
    synchronised/unsynchronised cached/uncached managed/unmanaged typed/untyped named/anonymous named/unnamed
    known/anonymous authenticated/anonymous bounded/unbounded limited/unlimited finite/infinite countable/uncountable
    scalar/vector scalar/array dense/sparse odd/normal balanced/skewed symmetric/asymmetric symmetrical/asymmetrical
    consistent/inconsistent deterministic/random deterministic/nondeterministic blocking/asynchronous
    ahead/behind prior/subsequent preceding/following previous/following previous/subsequent toward/away towards/away
    prior/after before/afterwards beforehand/afterwards earlier/subsequent former/latter predecessor/follower
    development/production debug/release verbose/quiet verbose/silent verbose/terse loud/silent noisy/silent
    verbosely/quietly loudly/silently openly/secretly warm/cool polite/rude experienced/novice expert/beginner
    expert/novice advanced/basic advanced/beginner sender/listener speaker/listener question/answer ask/answer
    problem/solution theory/practice cause/effect input/result import/dump fetch/push fetch/send download/send
    checkin/checkout login/logout logon/logoff signin/signout check/uncheck select/deselect select/unselect
    focus/blur mount/eject open/shut close/opened opened/shut locked/unlocked locked/open
"""
# Two words of one rest, one with either opening: "encode" and "decode", "upload" and "download".
_OPENINGS_LIST = """
    en/de in/de up/down in/out in/ex im/ex over/under pre/post fore/back inter/intra multi/single multi/uni mono/poly
    macro/micro super/sub hyper/hypo ante/post pro/anti intro/extro maxi/mini homo/hetero endo/exo con/de as/des
    as/dis en/dis at/de ac/de al/de front/back top/bottom left/right head/tail read/write on/off be/un
"""
_ENDINGS_LIST = "ful/less er/ee or/ee some/less able/less able/proof ward/away"
_OPENINGS = tuple(tuple(pair.split("/")) for pair in _OPENINGS_LIST.split())
_ENDS = tuple(tuple(pair.split("/")) for pair in _ENDINGS_LIST.split())
FEWEST_REST = 3  # letters of the rest that two such words share
NEGATING = ("un", "non", "dis", "in", "im", "ir", "il", "de", "mis", "anti", "counter", "a")
_BRIEF = {"un": 3, "non": 3, "a": 7}  # letters of the word from which on a prefix negates it; others need five
_IRREGULAR_LIST = """
    overridden/override written/write rewritten/rewrite given/give taken/take chosen/choose held/hold sent/send
    built/build found/find caught/catch kept/keep lost/lose thrown/throw known/know shown/show drawn/draw
    broken/break hidden/hide begun/begin bound/bind frozen/freeze made/make brought/bring bought/buy
    sold/sell told/tell said/say spoken/speak stood/stand driven/drive fallen/fall grown/grow eaten/eat
    forgotten/forget gone/go led/lead meant/mean met/meet paid/pay seen/see slept/sleep spent/spend
    stuck/stick stolen/steal swept/sweep taught/teach thought/think torn/tear understood/understand worn/wear won/win
"""
_IRREGULAR = dict(pair.split("/", 1) for pair in _IRREGULAR_LIST.split())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return ``word`` without its usual endings: "enables", "enabling" and "enabled" are one. Short words stay."""
    word = _IRREGULAR.get(word, word)
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            # "stopped", "running": the doubled letter goes as well.
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            return word.removesuffix("e")
    if word.endswith("es") and word[-3] in "sxz":
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word


def graded(word: str, ending: str) -> str:
    """Return an adjective in its higher or highest degree by the usual rule; what is none makes a word nobody uses."""
    if word.endswith("y"):
        return word[:-1] + "i" + ending
    return word.removesuffix("e") + ending


def _table() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    spelt = [(left, right) for left, right in (pair.split("/") for pair in OPPOSITE_LIST.split())]
    spelt += [(graded(left, end), graded(right, end)) for left, right in spelt for end in ("er", "est")]
    for pair in spelt:
        left, right = (stem(word) for word in pair)
        if left != right:
            found.setdefault(left, set()).add(right)
            found.setdefault(right, set()).add(left)
    return {word: frozenset(others) for word, others in found.items()}


def _classes() -> dict[str, str]:
    """Map every listed stem to the first, by the alphabet, of all that opposites lead to from it."""
    found: dict[str, str] = {}
    for word in sorted(OPPOSITES):
        waiting = [word] if word not in found else []
        while waiting:
            one = waiting.pop()
            found[one] = word
            waiting += [other for other in OPPOSITES[one] if other not in found]
    return found


OPPOSITES = _table()
# Where it does not matter on which side of an opposition a word stands, its class stands for it.
CLASS_OF = _classes()


def opposed(left: Collection[str], right: Collection[str]) -> tuple[str, str] | None:
    """Return the first stem of ``left``, by the alphabet, and one of ``right`` that are opposites, or None."""
    if not left or not right:
        return None
    others = frozenset(right)
    for against in (_listed, _built):
        for word in sorted(left):
            if found := against(word) & others:
                return word, min(found)
    # What has a negating prefix is told by the word without it, so both sides are asked.
    for other in sorted(others):
        if found := _bare(other) & frozenset(left):
            return min(found), other
    return None


def _listed(word: str) -> frozenset[str]:
    return OPPOSITES.get(word, frozenset())


@lru_cache(maxsize=65536)
def _built(word: str) -> frozenset[str]:
    """Return what would oppose ``word`` by another opening or ending of the same rest, or without its negation."""
    found = set(_bare(word))
    for one, two in _OPENINGS:
        for mine, yours in ((one, two), (two, one)):
            if word.startswith(mine) and len(word) - len(mine) >= FEWEST_REST:
                found.add(yours + word[len(mine) :])
    for one, two in _ENDS:
        for mine, yours in ((one, two), (two, one)):
            if word.endswith(mine) and len(word) - len(mine) >= FEWEST_REST:
                found.add(word[: -len(mine)] + yours)
    return frozenset(found)


@lru_cache(maxsize=65536)
def _bare(word: str) -> frozenset[str]:
    """Return ``word`` without each prefix that negates the rest; the short prefixes need a long or a short rest."""
    rests = ((prefix, word[len(prefix) :].lstrip("-")) for prefix in NEGATING if word.startswith(prefix))
    return frozenset(rest for prefix, rest in rests if len(rest) >= _BRIEF.get(prefix, 5))
