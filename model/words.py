"""Which words describe and which name things: short lists from fairy tales, used to score heads and to tint words."""

from __future__ import annotations

DESCRIBING = frozenset(
    """
    angry bad beautiful big bitter black blind blue bold brave bright broad broken brown busy charming cheerful
    clean clear clever cold cruel curious dark dead dear deep delicate dreadful dry dull eager empty enchanted
    evil faint fair faithful false famous fat fearful fierce fine foolish fresh friendly frightened frozen gay
    gentle glad golden good gracious grand gray great green grey handsome happy hard heavy hidden high hollow
    hot huge humble hungry idle ill innocent jealous jolly kind large lazy lean little lively lonely long loud
    lovely low mad magic merry mighty miserable narrow naughty new nice noble old pale patient plain pleasant
    poor precious pretty proud pure queer quick quiet rare red rich rough round royal sad savage scarlet secret
    selfish shallow sharp short sick silent silly silver simple sleeping slender slow small smooth soft sore
    sorry splendid steep strange strong sudden sweet swift tall tame tender terrible thick thin tiny tired true
    ugly unhappy unknown vain vast warm weak weary wet white whole wicked wide wild wise withered wonderful
    wooden wretched yellow young
    """.split()
)
NAMING = frozenset(
    """
    animal apple apples army aunt axe bag baker ball bath beach beans bear beast bed bell bird birds boat body
    bone book box boy boys branch bread bridge brother brothers cage cake candle cap castle cat cave chair
    chamber chest child children church city clock cloak clothes coach coat cook corn corner cottage country
    court cow cows crow crown cup cups dance daughter daughters day deer devil dinner dog dogs donkey door
    dragon dress duck dwarf eagle egg eggs emperor eye eyes face fairies fairy farmer fate father feast feather
    field fields fire fish fisherman flower flowers food fool foot forest fountain fox frog fruit garden gate
    ghost giant gift girl girls goat gold goose grass grave hair hall hand hands hat head heart hen hill hole
    home horn horse horses hour house hunter huntsman husband island jewel key king kingdom knife knight lad
    lady lake lamp land leaf leaves letter lion lord maid maiden man mantle master men merchant mice mill miller
    minister mirror money monkey moon morning mother mountain mountains mouse mouth night nurse oak ox palace
    path peasant people pig pigs place pocket pond pot prince princes princess princesses prison purse queen
    rabbit raven ring river road robber robe rock roof room rose roses sack sailor sea seat servant sheep
    shepherd ship shoe shoes shop shore sister sisters sky snake snow soldier son song sons soul spring stable
    star stars stick stone stones stork storm story street summer sun swan sword table tail tailor tale tea
    thief thing throne tiger tower town treasure tree trees troll village voice wall water wedding well wife
    wind window wine wings winter witch wizard wolf wolves woman women wood woods word world
    """.split()
)
FUNCTION = frozenset(
    """
    a about after all an and are as at be because before but by could did do for from had has have he her him
    his if in into is it its me my no not of off on or our out over she so some than that the their them then
    there they this to under up upon was we were what when where which who will with would you your
    """.split()
)


def kind(piece: str) -> str:
    """``"describing"``, ``"naming"``, ``"function"`` or ``"other"`` for a token's text."""
    word = piece.strip().lower()
    for name, words in (("describing", DESCRIBING), ("naming", NAMING), ("function", FUNCTION)):
        if word in words:
            return name
    return "other"
