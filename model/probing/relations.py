"""Word pairs for directions, people for pronouns, themes for neurons: short lists from fairy tales."""

from __future__ import annotations

from model import words


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    listed = text.split()
    return tuple(zip(listed[::2], listed[1::2], strict=True))


# Each pair leads the same way: from the first word to the second. Within a relation no word comes twice, so that a pair
# left out shares none with the others.
RELATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "plural": _pairs(
        """
        king kings bird birds tree trees flower flowers child children brother brothers sister sisters horse horses
        day days night nights hand hands eye eyes door doors word words dog dogs son sons daughter daughters stone
        stones rose roses house houses book books leg legs wing wings year years ship ships giant giants friend friends
        arm arms star stars cloud clouds wave waves man men woman women
        """
    ),
    "gender": _pairs(
        """
        king queen man woman boy girl father mother brother sister son daughter prince princess husband wife uncle
        aunt he she him her himself herself lord lady wizard witch sir madam grandfather grandmother
        nephew niece
        """
    ),
    "size": _pairs(
        """
        small large little big tiny huge low high short long narrow wide thin thick few many less more
        smaller larger least greatest young old
        """
    ),
    "past tense": _pairs(
        """
        go went come came see saw say said take took give gave make made know knew find found think thought tell told
        run ran stand stood hear heard eat ate sit sat fall fell begin began bring brought speak spoke
        """
    ),
    "comparative": _pairs(
        """
        old older young younger great greater small smaller large larger long longer high higher near nearer deep
        deeper strong stronger good better bad worse
        """
    ),
    "opposite": _pairs(
        """
        good bad hot cold old young rich poor day night black white happy sad first last up down over under before
        after life death love hate open shut
        """
    ),
}

MASCULINE = frozenset(
    """
    king prince man boy father brother son uncle husband lord gentleman soldier tailor miller woodcutter fisherman
    shepherd merchant emperor giant wizard huntsman lad master grandfather knight robber sailor farmer captain sir hans
    jack peter tom john henry hansel duke monk nephew
    """.split()
)
FEMININE = frozenset(
    """
    queen princess woman girl mother sister daughter aunt wife lady maiden witch maid stepmother grandmother fairy
    nurse empress countess gerda alice dorothy wendy mary gretel elsa niece nun
    """.split()
)
HE = frozenset("he him his himself".split())
SHE = frozenset("she her hers herself".split())

# What a neuron's strongest places may have in common, besides a single word.
THEMES: dict[str, frozenset[str]] = {
    "a colour": frozenset(
        "black blue brown golden gold gray green grey pink purple red scarlet silver white yellow".split()
    ),
    "an animal": frozenset(
        """
        animal ass bear beast bee bees bird birds bull calf cat cats cock cow cows crow deer dog dogs dragon duck eagle
        fish fly fox frog goat goose hare hen horse horses lamb lion monkey mouse mice owl ox pig pigs rabbit rat raven
        sheep snake stork swan swans tiger wolf wolves worm
        """.split()
    ),
    "a relative": frozenset(
        """
        aunt brother brothers child children daughter daughters father fathers grandfather grandmother husband mother
        mothers nephew niece parents sister sisters son sons stepmother uncle wife
        """.split()
    ),
    "royalty": frozenset(
        "crown duke emperor empress king kings kingdom palace prince princes princess queen royal throne".split()
    ),
    "a part of the body": frozenset(
        """
        arm arms beard body breast cheek cheeks ear ears eye eyes face feet finger fingers foot hair hand hands head
        heads heart knee knees leg legs lip lips mouth neck nose shoulder shoulders tail teeth throat tongue wing wings
        """.split()
    ),
    "a number": frozenset(
        """
        one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand
        first second third
        """.split()
    ),
    "a word of saying": frozenset(
        """
        answered asked begged called cried exclaimed muttered replied roared said sang say saying says screamed shouted
        sighed speak spoke tell told whispered
        """.split()
    ),
    "a time": frozenset(
        """
        autumn day days evening hour hours midnight minute minutes moment month months morning night nights spring
        summer sunday time times today week weeks winter year years yesterday
        """.split()
    ),
    "water": frozenset(
        "boat brook lake ocean pond pool rain river rivers sail sea shore stream swim water waters wave waves".split()
    ),
    "a modal verb": frozenset("can cannot could may might must shall should will would".split()),
    "he or she": HE | SHE,
    "a describing word": words.DESCRIBING,
    "a naming word": words.NAMING,
    "punctuation": frozenset('. , ; : ! ? \' " -- ( ) ." ," !" ?" ".'.split()),
}
