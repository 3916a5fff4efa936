"""What a wide prompt says for each effect: three grades of strength, each in interchangeable wordings.

Every phrase is a noun phrase that names something to be seen, of nine words at most and without punctuation between
its parts, so that any four of them can stand in one list. No phrase asks for another effect, and none is part of
another. Changing a word here changes prompts: `engine.prompts.writer.WRITER_VERSION` has to change with it.
"""

from __future__ import annotations

Wordings = tuple[str, ...]
Grades = tuple[Wordings, Wordings, Wordings]

PHRASES: dict[str, Grades] = {
    "defocus": (
        ("focus that falls slightly short of the subject", "a slight softness from a missed focus"),
        ("visibly missed focus that leaves every outline soft", "a plainly unfocused lens with blurred outlines"),
        ("heavy defocus with all edges dissolved into soft circles", "focus so far off that only blobs remain"),
    ),
    "motion_blur": (
        ("a little motion blur along one direction", "slight camera shake that softens edges one way"),
        ("clear motion blur that drags every edge sideways", "obvious streaks from a camera moved during exposure"),
        (
            "violent motion blur that stretches everything into streaks",
            "forms drawn into bands by extreme shake",
        ),
    ),
    "zoom_blur": (
        ("faint radial streaks towards the corners", "a slight zoom blur at the borders"),
        (
            "clear zoom blur with streaks radiating from the centre",
            "radial streaking that grows from the middle outward",
        ),
        (
            "an explosive zoom blur that shreds everything into rays",
            "extreme radial streaks with only the centre readable",
        ),
    ),
    "double_exposure": (
        ("a faint second exposure shimmering through the first", "a pale ghost image laid over the scene"),
        ("a clear double exposure with two scenes overlapping", "a second picture plainly showing through the first"),
        (
            "two equally strong exposures tangled past telling apart",
            "a double exposure so dense that neither picture wins",
        ),
    ),
    "film_grain": (
        ("a light film grain over all tones", "fine grain as from fast film"),
        ("coarse film grain plainly visible in every surface", "strong grain as from pushed high-speed film"),
        ("enormous clumped film grain that eats the detail", "grain so heavy that surfaces look like sand"),
    ),
    "dust_and_scratches": (
        ("a few dust specks and hairline scratches", "a light sprinkling of dust on the negative"),
        ("many dust spots and long vertical scratches", "an obviously dirty negative with scratches and hairs"),
        ("deep gouges and dirt covering the whole negative", "dirt and scratches across nearly every inch"),
    ),
    "vhs": (
        ("a mild VHS look with faint scan lines", "slight videotape colour bleed and line jitter"),
        ("a worn VHS look with tracking lines", "plain videotape noise with colour bleeding sideways"),
        ("a ruined VHS tape with torn tracking bands", "videotape decay that rips the lines apart sideways"),
    ),
    "compression": (
        ("slight JPEG blocking around the edges", "faint compression ringing along outlines"),
        ("obvious JPEG blocks and ringing everywhere", "plain compression damage with banded blocky areas"),
        ("brutal JPEG compression that leaves only smudged blocks", "an image recompressed into crude square patches"),
    ),
    "pixelation": (
        ("slightly visible pixels as from low resolution", "a faint stair-stepping of square pixels"),
        ("clearly visible square pixels with jagged outlines", "plain pixelation as from a tiny enlarged file"),
        ("huge square pixels that leave barely a mosaic", "pixelation so coarse that forms become few squares"),
    ),
    "smeared_detail": (
        ("fine texture slightly smoothed away", "a faint smearing of small details"),
        ("details rubbed into waxy patches", "textures plainly smeared as if wiped while wet"),
        ("every texture wiped out into blank smears", "surfaces rubbed down to featureless daubs"),
    ),
    "clashing_color": (
        ("one or two colours that jar slightly", "a palette a little at odds with itself"),
        ("garish colours that openly clash", "loud colours that plainly fight one another"),
        ("screaming neon colours in violent discord", "an assault of mismatched acid colours everywhere"),
    ),
    "fringing": (
        ("thin purple and green fringes along edges", "slight colour fringing towards the corners"),
        ("clear red and cyan fringes on every edge", "obvious colour channels out of register"),
        ("wide rainbow fringes that split every outline apart", "colour channels torn far out of register"),
    ),
    "faded": (
        ("slightly faded colour with lifted blacks", "a little of the colour drained away"),
        ("clearly faded colours under a milky veil", "washed-out colour like an old sun-bleached print"),
        ("colour faded almost to nothing", "a print bleached to its last pale traces"),
    ),
    "sickly_cast": (
        ("a slight greenish tint over everything", "a faint jaundiced cast in all tones"),
        ("a plain sickly green cast over everything", "an unhealthy yellow-green tint in every tone"),
        ("a nauseating bile-green cast that drowns all colours", "everything soaked in one diseased yellow-green"),
    ),
    "mixed_white_balance": (
        ("white balance that drifts slightly across the frame", "one side tinted a little warmer than the other"),
        ("one half plainly orange and the other blue", "white balance that changes visibly from part to part"),
        (
            "patches of deep orange and cold blue white balance",
            "wildly inconsistent white balance that splits each object",
        ),
    ),
    "under_exposed": (
        ("exposure slightly too dark with heavy shadows", "a frame about one stop underexposed"),
        ("clear underexposure with shadows sunk in black", "a frame so dark that half disappears"),
        ("near-total darkness with shapes barely visible", "extreme underexposure that leaves almost pure black"),
    ),
    "over_exposed": (
        ("exposure slightly too bright with pale highlights", "a frame about one stop overexposed"),
        ("clear overexposure with highlights burnt to white", "a frame so bright that surfaces blank out"),
        ("blinding overexposure that leaves almost pure white", "a frame burnt white with mere traces of outlines"),
    ),
    "light_leak": (
        ("a faint orange light leak at one edge", "a small warm streak of leaked light"),
        ("a clear red-orange light leak across one side", "glowing streaks of light leaked onto the film"),
        ("blazing light leaks that flood most of the frame", "leaked light that burns through half the film"),
    ),
    "flat_light": (
        ("rather even light with weak shadows", "slightly dull light that models little"),
        ("flat shadowless light without depth", "plain frontal light that leaves no modelling"),
        ("utterly flat light that turns forms into cut-outs", "light so even that no shadow exists anywhere"),
    ),
    "bad_flash": (
        ("a slightly hard flash from the camera", "a small flash hotspot with a hard shadow behind"),
        ("a harsh on-camera flash with hard black shadows", "plain direct flash with glare near and gloom behind"),
        ("a brutal flash that bleaches whatever is near", "point-blank flash glare before a pitch-dark distance"),
    ),
    "oppressive_contrast": (
        ("slightly low contrast with heavy grey tones", "a mild grey murk that dulls all tones"),
        ("oppressively low contrast with grey pressed on grey", "a thick grey murk that swallows the distance"),
        ("suffocating grey murk with almost no contrast left", "tones crushed together into one leaden grey"),
    ),
    "tilt": (
        ("a view tilted by a few degrees", "a slightly crooked camera"),
        ("a clearly tilted frame where level lines slope", "a camera plainly held askew"),
        ("a camera tipped so far that everything slides", "an extreme tilt that nearly topples the scene"),
    ),
    "obstruction": (
        ("something out of place poking into one edge", "a stray finger over one corner"),
        ("a dark object blocking part of the subject", "a post or shoulder plainly in the way"),
        ("an object in front that hides nearly everything", "a big obstruction with the subject glimpsed past it"),
    ),
    "tiny_subject": (
        ("the subject rather small and far away", "a subject that fills little of the frame"),
        ("the subject small within a wide empty space", "plainly too much empty space around the subject"),
        ("the subject a mere speck in vast emptiness", "an overwhelming void with the subject almost lost"),
    ),
    "snapshot_crop": (
        ("a hurried crop that grazes the subject", "slightly careless framing like a quick snapshot"),
        ("a clumsy snapshot crop that cuts off parts", "careless framing that slices through the subject"),
        ("an accidental crop that misses most of the subject", "framing so careless that only fragments are in"),
    ),
    "poor_background": (
        ("a slightly messy background that distracts", "some ugly clutter behind the subject"),
        ("a drab cluttered background that competes with everything", "plainly ugly junk behind the subject"),
        ("a chaotic heap of junk as background", "a hideous background that overwhelms the subject"),
    ),
    "scale_inconsistency": (
        ("sizes that do not quite agree", "one thing a little too large beside the rest"),
        (
            "objects plainly the wrong size beside one another",
            "clearly impossible proportions between neighbours",
        ),
        ("absurd sizes with small things towering over large", "giants and miniatures wrongly sharing one space"),
    ),
    "negative_personal_emotion": (
        ("a trace of sadness in face and posture", "an uneasy expression close to tears"),
        ("open grief in face and body", "a face plainly twisted by fear or anger"),
        ("raw anguish with a face contorted by weeping", "utter despair in a collapsed body"),
    ),
    "atmospheric_distress": (
        ("a slightly uneasy air about the place", "a quiet loneliness hanging over the place"),
        ("a plainly threatening air of dread", "a desolate place where something feels wrong"),
        ("overwhelming dread that fills the whole place", "a nightmarish place without comfort or escape"),
    ),
    "decay_and_degradation": (
        ("first signs of rust and peeling paint", "slight wear with a few stains and cracks"),
        ("plain decay with rust and mould and crumbling surfaces", "surfaces visibly rotting and falling apart"),
        ("total ruin with everything rotted through", "advanced rot that has eaten every surface away"),
    ),
    "disgust_and_aversion": (
        ("a few greasy stains that repel slightly", "something faintly unclean about the surfaces"),
        ("slimy filth that plainly repels", "crawling flies and spoiled food in plain view"),
        ("revolting slime and maggots over everything", "stomach-turning filth that fills the view"),
    ),
    "unfinished_raw": (
        ("a few areas left slightly unfinished", "some rough marks left uncorrected"),
        ("plainly unfinished parts with bare patches", "raw rough marks with half the work missing"),
        ("scarcely begun work of mostly bare ground", "a few raw strokes abandoned at once"),
    ),
    "abstract_photo": (
        ("forms simplified slightly towards abstraction", "a lean towards pattern over likeness"),
        ("a clearly abstract arrangement of shapes and tones", "shape and texture plainly placed above likeness"),
        ("pure abstraction with the subject past recognition", "nothing but abstract shapes without a nameable thing"),
    ),
    "surrealism": (
        ("one quietly impossible thing in the scene", "a slight dreamlike wrongness of things"),
        ("plainly impossible things as in a dream", "objects and bodies merging by dream logic"),
        ("a delirious dream where nothing obeys nature", "wholly impossible anatomy and melting solid matter"),
    ),
    "emotion": (
        ("a slightly joyless mood", "a mood tinged with melancholy"),
        ("a plainly bleak and joyless mood", "a heavy mood of sorrow"),
        ("a crushing mood of hopeless misery", "a mood so bleak that no warmth remains"),
    ),
    "object_pairing": (
        ("one object that does not quite belong", "things that sit together a little oddly"),
        ("objects that plainly do not belong together", "a clearly mismatched set of things"),
        ("a senseless jumble of wholly unrelated objects", "violently mismatched things forced side by side"),
    ),
}
"""Effect -> wordings for slight, clear and extreme."""
