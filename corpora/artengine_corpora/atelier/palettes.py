"""The palettes: named, of one mood each, designed by hand in OKLCh.

Each has a ground (the paper), an ink that reads on it, and four or five colours that live together on that ground; the
first of them leads, the last is the accent.
"""

from __future__ import annotations

from dataclasses import dataclass

from artengine_corpora.atelier.colour import Colour

_DATA = """
morning mist     | calm       | 96 1.0 90  | 36 4 250  | 80 4 230  | 68 6 235  | 88 3 70   | 57 7 245  | 74 10 40
celadon          | calm       | 95 1.8 110 | 33 4 175  | 82 6 160  | 69 7 168  | 89 5 115  | 54 7 190  | 68 13 45
dune             | calm       | 94 2.2 85  | 35 4 55   | 85 6 82   | 75 8 70   | 63 9 55   | 78 4 220  | 52 9 35
low tide         | calm       | 93 1.2 200 | 30 4 240  | 77 5 205  | 63 6 215  | 86 4 85   | 50 6 235  | 76 11 65
linen and sage   | calm       | 95 1.4 80  | 38 3 140  | 78 5 135  | 65 6 140  | 86 3 95   | 74 5 60   | 57 9 25
primary school   | bright     | 96 1.2 95  | 20 1 270  | 58 22 28  | 87 17 92  | 47 19 262 | 82 1 250  | 66 16 150
citrus           | bright     | 97 2.0 105 | 30 6 150  | 88 18 100 | 76 18 62  | 80 18 130 | 64 21 38  | 52 12 165
carnival         | bright     | 95 1.5 75  | 25 6 300  | 64 23 10  | 80 16 75  | 62 15 200 | 46 18 290 | 78 17 150
poster           | bright     | 94 2.5 85  | 22 3 265  | 60 21 33  | 54 17 255 | 84 16 85  | 74 10 190 | 35 9 270
tulip field      | bright     | 96 1.6 120 | 29 7 155  | 64 23 18  | 74 18 350 | 86 17 95  | 62 15 148 | 52 17 300
harbour at night | nocturne   | 20 4.5 262 | 91 4 90   | 40 10 262 | 55 12 245 | 33 7 280  | 72 8 205  | 79 15 72
aurora           | nocturne   | 17 4 270   | 93 3 160  | 45 11 175 | 66 15 163 | 40 12 295 | 82 14 140 | 70 17 330
moonlit garden   | nocturne   | 22 3.5 195 | 92 3 105  | 42 7 165  | 56 7 175  | 34 5 220  | 76 5 130  | 84 9 95
neon alley       | nocturne   | 16 4 300   | 94 2 300  | 62 24 350 | 72 14 205 | 44 19 292 | 34 10 285 | 86 17 100
city from above  | nocturne   | 19 1.5 250 | 92 5 80   | 38 3 250  | 52 4 245  | 68 9 70   | 80 13 80  | 62 18 35
ochre and umber  | earthy     | 93 3 85    | 26 4 50   | 72 13 78  | 55 12 55  | 41 8 45   | 82 7 85   | 57 5 180
terracotta       | earthy     | 94 2.2 70  | 28 4 30   | 60 14 40  | 73 11 50  | 47 11 35  | 84 5 70   | 56 6 195
forest floor     | earthy     | 91 2.5 100 | 25 4 140  | 48 8 140  | 62 9 125  | 38 5 75   | 76 8 95   | 60 16 45
slate and rust   | earthy     | 91 0.8 240 | 28 2 245  | 50 3 245  | 66 2.5 235 | 54 14 40 | 80 3 80   | 72 13 65
clay tablet      | earthy     | 86 4.5 65  | 30 5 40   | 66 9 48   | 52 9 38   | 76 8 75   | 42 6 30   | 45 6 230
ember            | warm       | 24 5 25    | 93 5 80   | 52 18 32  | 66 19 45  | 39 13 25  | 80 16 75  | 60 7 230
apricot          | warm       | 96 2.5 75  | 35 8 25   | 82 10 62  | 74 14 50  | 66 16 32  | 89 7 85   | 52 12 10
saffron market   | warm       | 95 3 90    | 30 7 20   | 80 16 78  | 66 18 50  | 56 18 25  | 48 14 350 | 58 10 195
madder           | warm       | 93 2.5 50  | 28 8 20   | 56 17 22  | 70 13 20  | 43 14 18  | 84 6 45   | 62 6 250
glacier          | cool       | 97 0.8 220 | 32 6 250  | 84 5 215  | 71 9 225  | 57 11 240 | 90 3 190  | 44 12 262
north sea        | cool       | 92 1.2 210 | 25 5 245  | 55 7 225  | 41 7 240  | 72 5 205  | 83 3 200  | 78 13 85
verdigris        | cool       | 94 1.8 170 | 27 5 190  | 66 9 180  | 53 9 188  | 80 7 170  | 41 7 205  | 62 12 52
blueprint        | cool       | 34 10 258  | 94 2 230  | 48 12 255 | 62 11 248 | 28 9 262  | 78 7 235  | 86 12 95
rice paper       | austere    | 94 1.6 90  | 21 0.8 60 | 42 0.8 60 | 62 1 70   | 80 1.2 85 | 32 1 250  | 53 19 30
graphite         | austere    | 95 0.4 250 | 24 0.8 260 | 48 1 255 | 68 1 250  | 84 0.6 250 | 36 1 260 | 74 14 90
black and white  | austere    | 97 0.5 95  | 16 0.5 270 | 16 0.5 270 | 45 0.5 270 | 85 0.5 95 | 30 0.5 270 | 60 22 29
constructor      | austere    | 92 2.4 85  | 19 1 50   | 55 21 29  | 19 1 50   | 72 2 80   | 40 2 60   | 60 21 32
sorbet           | playful    | 97 1.5 60  | 40 9 340  | 82 11 10  | 86 9 85   | 83 8 165  | 76 10 300 | 67 17 20
paper lanterns   | playful    | 95 2 80    | 30 6 270  | 70 17 40  | 84 14 88  | 76 10 195 | 70 13 350 | 46 12 275
two-colour print | playful    | 95 1.8 95  | 35 8 265  | 70 19 12  | 58 11 220 | 82 9 15   | 45 10 262 | 85 15 98
toy box          | playful    | 94 2.4 95  | 27 5 250  | 66 16 235 | 68 20 35  | 85 16 95  | 72 14 155 | 70 15 340
plum dusk        | melancholy | 28 5 320   | 92 3 60   | 42 8 330  | 55 9 345  | 36 7 290  | 70 8 20   | 81 9 65
autumn rain      | melancholy | 89 1 230   | 32 3 260  | 68 3 235  | 54 4 250  | 74 6 70   | 60 9 50   | 44 7 20
faded fresco     | melancholy | 92 2 75    | 36 4 30   | 76 6 45   | 71 5 190  | 82 5 90   | 62 6 250  | 59 9 28
old velvet       | melancholy | 23 4 15    | 90 4 85   | 38 10 18  | 34 6 160  | 47 7 60   | 56 9 35   | 76 8 85
"""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that belong together."""

    name: str
    mood: str
    ground: Colour
    ink: Colour
    colours: tuple[Colour, ...]

    @property
    def dark(self) -> bool:
        """The ground is darker than what is painted on it."""
        return self.ground.lightness < self.ink.lightness

    @property
    def accent(self) -> Colour:
        """The colour to be used least."""
        return self.colours[-1]

    @property
    def ladder(self) -> tuple[Colour, ...]:
        """Ground, colours and ink, from dark to light."""
        return tuple(sorted({self.ground, self.ink, *self.colours}))


def _colour(text: str) -> Colour:
    lightness, chroma, hue = map(float, text.split())
    return Colour(lightness / 100, chroma / 100, hue)


def _palette(line: str) -> Palette:
    name, mood, ground, ink, *colours = (cell.strip() for cell in line.split("|"))
    return Palette(name, mood, _colour(ground), _colour(ink), tuple(map(_colour, colours)))


PALETTES = tuple(_palette(line) for line in _DATA.strip().splitlines())
MOODS = tuple(dict.fromkeys(palette.mood for palette in PALETTES))
