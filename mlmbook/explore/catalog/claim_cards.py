"""Which claim is allowed? (W06): cards to sort by fallacy, with a reason for every placement."""

from __future__ import annotations

from mlmbook.explore import Card, Cards, Scene, explorable

BINS = (
    ("safe", "Safe as it stands"),
    ("ecological", "Ecological"),
    ("atomistic", "Atomistic"),
    ("individualistic", "Individualistic"),
    ("sociologistic", "Sociologistic"),
)

CARDS = (
    Card(
        "Evidence: 49 census places, 1930. Claim: “Places with more foreign-born residents had "
        "less illiteracy, so the foreign-born were the better readers.”",
        "ecological",
        {
            "safe": "The evidence is about places, the claim about people. Their own counts say "
            "the opposite.",
            "ecological": "From places down to people. Safe: “Places with more foreign-born "
            "residents had less illiteracy.”",
            "atomistic": "Atomistic goes up, from people to groups. This goes down.",
            "individualistic": "That fallacy has evidence on people. Here nobody's birthplace "
            "and reading were compared.",
            "sociologistic": "That fallacy makes a claim about groups. This one ends with people.",
        },
    ),
    Card(
        "Evidence: pupils of one school compared with each other. Claim: “Pupils who read more "
        "score higher than their schoolmates who read less.”",
        "safe",
        {
            "safe": "Evidence and claim are about pupils of the same school, and no cause is "
            "claimed.",
            "ecological": "No group mean was used: pupils were compared with pupils.",
            "atomistic": "Nothing is said about schools, so nothing was carried up.",
            "individualistic": "It would be, had it said that reading is all that matters. It "
            "describes, and within one school.",
            "sociologistic": "Neither evidence nor claim is about groups.",
        },
    ),
    Card(
        "Evidence: 5,000 people of one country; the richer have less heart disease. Claim: “So "
        "richer countries have less heart disease than poorer ones.”",
        "atomistic",
        {
            "safe": "One country was observed. How countries compare was not.",
            "ecological": "Ecological goes down, from groups to people. This goes up.",
            "atomistic": "From people up to countries. Safe: “In this country, richer people "
            "have less heart disease.” Between countries it may be otherwise.",
            "individualistic": "The claim is about countries; the individualistic fallacy stays "
            "with people.",
            "sociologistic": "That fallacy has evidence on groups. Here all evidence is on people.",
        },
    ),
    Card(
        "Evidence: a survey of employees with their age, pay and personality. Claim: “Age, pay "
        "and personality explain who quits.” Nobody recorded the firm.",
        "individualistic",
        {
            "safe": "The level is right, but firms may differ in why people leave, and the claim "
            "speaks as if they did not.",
            "ecological": "The evidence is on people already.",
            "atomistic": "The claim stays with people; nothing is said about firms.",
            "individualistic": "People explained by people alone. Safe: “Age, pay and "
            "personality go with quitting; differences between firms were not studied.”",
            "sociologistic": "That is the mirror image: groups explained by groups alone.",
        },
    ),
    Card(
        "Evidence: 80 cities with their policing and housing. Claim: “Policing and housing "
        "explain why cities differ in crime.” Nobody looked at the ages of the inhabitants.",
        "sociologistic",
        {
            "safe": "The level is right, but cities with more young people may have more crime "
            "for that reason alone.",
            "ecological": "No claim about people is made.",
            "atomistic": "The evidence is on cities, not on people.",
            "individualistic": "That is the mirror image: people explained by people alone.",
            "sociologistic": "Groups explained by groups alone. Safe: “Cities' crime goes with "
            "policing and housing; who lives there was not taken into account.”",
        },
    ),
    Card(
        "Evidence: illiteracy rates of 49 places, 1930. Claim: “If a place can have only one "
        "reading program, South Carolina, where 15 % cannot read, needs it more than Iowa, where "
        "fewer than 1 % cannot.”",
        "safe",
        {
            "safe": "A question about places, answered with places. Ecological data are the "
            "right data here.",
            "ecological": "No person is described. Where the need is largest is a question about "
            "places.",
            "atomistic": "No evidence on people was carried up: the rates of the places were "
            "observed.",
            "individualistic": "The claim is about places.",
            "sociologistic": "It would be, had it explained why the two differ. It compares them.",
        },
    ),
    Card(
        "Evidence: firms whose staff are more satisfied on average earn more. Claim: “A "
        "satisfied employee produces more than a dissatisfied colleague.”",
        "ecological",
        {
            "safe": "Averages of firms were compared; colleagues were not.",
            "ecological": "From firms down to colleagues. Safe: “More satisfied firms earn "
            "more.” Success may also make a firm pleasant.",
            "atomistic": "Atomistic goes up. This goes from firms down to employees.",
            "individualistic": "There is no evidence on employees to over-read.",
            "sociologistic": "The claim is about employees, so it is not groups explained by "
            "groups.",
        },
    ),
    Card(
        "Evidence: within schools, pupils who do more homework score higher. Claim: “So schools "
        "that set more homework score higher on average.”",
        "atomistic",
        {
            "safe": "Pupils were compared inside schools. Whether schools that set more score "
            "higher was not looked at.",
            "ecological": "Ecological goes down. This goes from pupils up to schools.",
            "atomistic": "From pupils up to schools. Safe: “Within schools, pupils who do more "
            "homework score higher.” The slope between schools is a second number.",
            "individualistic": "The claim left the level of pupils.",
            "sociologistic": "That fallacy has evidence on groups.",
        },
    ),
)


@explorable(
    title="Which claim is allowed?",
    controls=[],
    alt="Eight claims to sort by the level of their evidence and the level of what they say: two "
    "are safe, two are ecological and two atomistic fallacies, one is individualistic and one "
    "sociologistic.",
)
def claim_cards() -> Scene:
    """Deal the claims."""
    return Scene(
        Cards(CARDS, BINS),
        says="Ask of each card: whom is the evidence about, and whom is the claim about? If both "
        "are the same, ask whether the other level was left out of an explanation.",
    )
