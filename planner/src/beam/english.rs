//! English that holds for any table: which words are near in meaning, what kind of thing a column's
//! name promises, which adjective asks for which quantity. Nothing here comes from a particular table.

/// Words that carry no meaning of their own in a question.
#[rustfmt::skip]
const STOPWORDS: &[&str] = &[
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "with", "by", "from", "as", "is", "are", "was", "were", "be", "been",
    "being", "do", "does", "did", "has", "have", "had", "having", "what", "which", "who", "whom", "whose", "when", "where", "how",
    "why", "that", "this", "these", "those", "there", "their", "its", "it", "they", "them", "he", "she", "his", "her", "him",
    "and", "or", "but", "if", "so", "then", "s", "me", "my", "we", "us", "our", "you", "your", "can", "could", "would", "will",
    "shall", "should", "may", "might", "please", "tell", "show", "give", "list", "name", "find", "many", "much", "all", "any",
    "some", "each", "every", "into", "out", "up", "also", "just", "only", "than", "more", "most", "less", "least", "same", "other",
    "called", "named", "listed", "shown", "according", "table", "chart", "get", "got", "make", "made", "take", "took", "use", "used",
    "corresponding", "given", "within", "during", "while", "about", "amount", "number", "total", "one", "ones", "not", "no", "i",
    "am", "very", "too", "such", "both", "per", "via", "was", "t", "d", "ll", "re", "ve", "whats", "let", "know", "exactly", "ever",
    "come", "came", "go", "went", "kind", "type", "sort", "thing", "time", "times", "off", "over", "under", "between", "after", "before",
];

pub(crate) fn is_stopword(word: &str) -> bool {
    STOPWORDS.contains(&word)
}

/// Groups of words of which one may stand for another between a question and a column's name.
#[rustfmt::skip]
const RELATED: &[&[&str]] = &[
    &["nation", "country", "nationality", "noc", "flag", "land"],
    &["team", "club", "squad", "side", "franchise", "organization"],
    &["player", "athlete", "footballer", "name", "sportsman", "golfer", "swimmer", "skater", "gymnast"],
    &["win", "won", "winner", "victory", "champion", "victor", "winning", "wins", "winners", "w"],
    &["lose", "loss", "lost", "defeat", "losses", "l", "losing"],
    &["draw", "tie", "tied", "drawn", "draws", "d"],
    &["movie", "film", "picture", "title"],
    &["episode", "title", "show"],
    &["song", "single", "track", "title"],
    &["album", "record", "title", "lp"],
    &["book", "novel", "title", "work"],
    &["author", "writer", "written", "wrote", "write", "writes"],
    &["direct", "director", "directed", "directs"],
    &["produce", "producer", "produced"],
    &["compose", "composer", "composed"],
    &["sing", "singer", "sang", "artist", "performer", "performed", "vocalist", "sung", "act"],
    &["age", "old", "born", "birth", "birthday"],
    &["attendance", "crowd", "spectator", "attend", "attended", "people", "attendees", "fans"],
    &["viewer", "audience", "watch", "watched", "rating", "viewership"],
    &["location", "place", "city", "venue", "site", "town", "where", "locale", "spot"],
    &["stadium", "venue", "ground", "arena", "park", "field", "site", "facility"],
    &["circuit", "track", "course", "speedway", "raceway", "venue"],
    &["date", "when", "day", "year", "time", "month"],
    &["air", "aired", "airdate", "premiere", "premiered", "broadcast", "airing", "debut", "debuted"],
    &["release", "released", "issue", "issued", "publish", "published", "publication", "launch", "launched"],
    &["number", "no", "num", "nr"],
    &["position", "pos", "place", "rank", "finish", "finished", "standing", "ranking", "placed", "ranked", "placement", "placing"],
    &["point", "pts", "score", "scored", "points", "pt"],
    &["party", "affiliation", "political"],
    &["height", "tall", "ft", "high", "stature"],
    &["money", "prize", "earnings", "winnings", "purse", "dollar", "dollars", "earned", "cash"],
    &["opponent", "against", "versus", "vs", "opposing", "opposition", "faced", "rival", "played"],
    &["result", "outcome", "score", "end"],
    &["school", "college", "university", "institution", "alma"],
    &["population", "inhabitant", "people", "resident", "pop", "populated"],
    &["cost", "price", "value", "worth", "fee"],
    &["company", "manufacturer", "maker", "builder", "built", "make", "manufactured", "firm", "constructor", "producer", "brand"],
    &["car", "chassis", "vehicle", "model", "automobile"],
    &["engine", "motor", "powertrain"],
    &["driver", "pilot", "racer", "driven", "drove"],
    &["rider", "cyclist", "rode"],
    &["coach", "manager", "trainer", "coached", "managed"],
    &["county", "district", "region", "province", "state", "area", "constituency", "territory"],
    &["candidate", "politician", "representative", "incumbent", "member", "nominee", "senator", "congressman"],
    &["elect", "elected", "election", "term"],
    &["vote", "ballot", "votes", "voted", "polled"],
    &["percent", "percentage", "share", "pct", "rate", "proportion"],
    &["kind", "type", "category", "class", "classification", "sort"],
    &["network", "channel", "station", "broadcaster", "affiliate"],
    &["speed", "fast", "kmh", "mph", "quick"],
    &["weight", "heavy", "kg", "lb", "mass", "weigh", "weighed"],
    &["length", "long", "duration", "time", "minutes", "runtime", "running"],
    &["distance", "far", "km", "mile", "miles", "length"],
    &["area", "size", "large", "acres", "sq", "square"],
    &["elevation", "altitude", "high", "height", "tall"],
    &["depth", "deep"],
    &["width", "wide"],
    &["found", "founded", "establish", "established", "open", "opened", "form", "formed", "built", "created", "start", "started", "began",
      "begin", "construction", "completed", "complete", "year"],
    &["close", "closed", "end", "ended", "finish", "left", "until"],
    &["commission", "commissioned", "launch", "launched", "service"],
    &["role", "character", "part", "played", "portray", "portrayed"],
    &["actor", "actress", "cast", "star", "starred", "starring", "played", "portrayed"],
    &["award", "prize", "honor", "nominated", "nomination"],
    &["die", "died", "death", "deceased"],
    &["owner", "own", "owned", "proprietor", "operator", "operated"],
    &["color", "colour"],
    &["nickname", "mascot", "called"],
    &["predecessor", "outgoing", "departure", "replaced", "vacator", "left"],
    &["successor", "replacement", "incoming", "appointed", "replaced"],
    &["spouse", "wife", "husband", "consort", "married"],
    &["occupation", "profession", "job", "work", "career"],
    &["lap", "laps"], &["round", "rnd", "stage"], &["week", "wk"], &["season", "year", "series"],
    &["goal", "goals", "gls", "scored"],
    &["appearance", "apps", "caps", "played", "appearances", "matches"],
    &["game", "match", "fixture", "contest", "games", "matches"],
    &["tournament", "competition", "championship", "event", "cup", "meet", "league"],
    &["race", "prix", "event"],
    &["ship", "vessel", "boat"], &["aircraft", "plane", "airplane"],
    &["language", "tongue", "spoken"], &["religion", "faith"],
    &["hometown", "birthplace", "home", "from", "native"],
    &["draft", "drafted", "pick", "picked", "selection", "overall", "selected", "chosen"],
    &["premier", "minister", "president", "leader", "governor", "mayor", "head"],
    &["capital", "city"], &["street", "road", "address"],
    &["note", "comment", "remark"], &["frequency", "mhz", "khz"],
    &["code", "id", "identifier"], &["translation", "english", "meaning"],
    &["student", "enrollment", "pupil", "enrolled", "students", "enrolment"],
    &["label", "record", "company"], &["genre", "style"], &["format", "medium"],
    &["story", "floor", "floors", "stories", "storey"],
    &["passenger", "passengers", "riders", "traveler"],
    &["judge", "judged"], &["host", "hosted", "presenter", "hosts"], &["guest", "guests"],
    &["loser", "runner", "second", "silver"], &["first", "gold", "winner", "champion", "1st"],
    &["third", "bronze", "3rd"], &["second", "silver", "2nd"],
    &["kickoff", "start", "time"], &["save", "saves"], &["retire", "retired", "retirement"],
    &["reign", "rule", "ruled", "tenure", "term", "office"],
    &["conference", "division", "league", "group"],
    &["discover", "discovered", "discoverer", "discovery"],
    &["sponsor", "sponsored"], &["captain", "skipper"], &["partner", "teammate", "partnered"],
    &["surface", "court"], &["degree", "education"], &["department", "ministry"],
    &["gene", "protein"], &["temperature", "hot", "cold", "warm"], &["rain", "rainfall", "precipitation", "wet"],
    &["yard", "yards", "yds"], &["run", "runs"], &["hit", "hits"], &["average", "avg", "mean"], &["assist", "assists"],
    &["rebound", "rebounds"], &["touchdown", "tds", "td"], &["penalty", "penalties"], &["medal", "medals", "total"],
    &["purpose", "reason", "cause"], &["resign", "resigned", "resignation"], &["begin", "start", "from"], &["record", "wl"],
];

/// Whether two lemmas are near in meaning.
pub(crate) fn related(left: &str, right: &str) -> bool {
    RELATED
        .iter()
        .any(|group| group.contains(&left) && group.contains(&right))
}

/// What kind of thing a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Person,
    Place,
    Organisation,
    Time,
    Quantity,
    Rank,
    Work,
    Money,
    Duration,
    Reason,
}

pub(crate) const CLASSES: [(Class, &str); 10] = [
    (Class::Person, "person"),
    (Class::Place, "place"),
    (Class::Organisation, "organisation"),
    (Class::Time, "time"),
    (Class::Quantity, "quantity"),
    (Class::Rank, "rank"),
    (Class::Work, "work"),
    (Class::Money, "money"),
    (Class::Duration, "duration"),
    (Class::Reason, "reason"),
];

#[rustfmt::skip]
const CLASS_WORDS: &[(Class, &[&str])] = &[
    (Class::Person, &["name", "player", "driver", "rider", "athlete", "actor", "actress", "director", "writer", "author", "artist",
        "singer", "coach", "manager", "president", "leader", "captain", "winner", "champion", "candidate", "incumbent", "nominee",
        "representative", "secretary", "member", "contestant", "skipper", "wrestler", "directed", "written", "producer", "person", "people",
        "governor", "mayor", "minister", "king", "queen", "judge", "host", "guest", "golfer", "jockey", "trainer", "cyclist", "swimmer",
        "successor", "predecessor", "senator", "opponent", "runner", "pitcher", "scorer", "composer", "performer", "celebrity", "owner",
        "partner", "commander", "chairman", "chair", "founder", "character", "astronaut", "pilot", "spouse", "cast", "employee", "customer"]),
    (Class::Place, &["place", "location", "city", "town", "country", "nation", "state", "venue", "stadium", "ground", "site", "region",
        "district", "county", "circuit", "track", "course", "arena", "area", "province", "island", "address", "hometown", "birthplace",
        "headquarters", "village", "municipality", "constituency", "park", "street", "station", "capital", "host", "territory", "parish"]),
    (Class::Organisation, &["team", "club", "school", "college", "university", "company", "party", "label", "network", "manufacturer",
        "constructor", "league", "conference", "division", "organization", "studio", "publisher", "airline", "agency", "nation", "country",
        "department", "affiliation", "operator", "builder", "opponent"]),
    (Class::Time, &["date", "year", "season", "time", "month", "day", "period", "opened", "founded", "built", "aired", "released", "born",
        "established", "air", "airdate", "birth", "death", "term", "tenure", "week", "launched", "commissioned", "completed", "from", "until",
        "premiere", "started", "ended", "elected", "begin", "end", "closed"]),
    (Class::Quantity, &["no", "total", "points", "score", "population", "attendance", "count", "goals", "wins", "losses", "games", "matches",
        "played", "laps", "votes", "seats", "gold", "silver", "bronze", "enrollment", "viewers", "size", "area", "height", "weight", "length",
        "pts", "apps", "caps", "yards", "tries", "percentage", "rating", "quantity", "sales", "built", "passengers", "won", "lost"]),
    (Class::Rank, &["rank", "position", "pos", "place", "finish", "standing", "seed", "result", "ranking", "grid"]),
    (Class::Work, &["title", "film", "movie", "song", "album", "single", "episode", "book", "series", "show", "work", "game", "track"]),
    (Class::Money, &["price", "cost", "money", "prize", "earnings", "winnings", "salary", "revenue", "budget", "gross", "value", "purse", "profit"]),
    (Class::Duration, &["length", "duration", "time", "runtime", "minutes", "tenure", "term", "hours", "days", "years", "reign"]),
    (Class::Reason, &["reason", "cause", "notes", "note", "remarks", "comment", "description", "details"]),
];

pub(crate) fn has_class(class: Class, lemma: &str, word: &str) -> bool {
    CLASS_WORDS
        .iter()
        .any(|(known, words)| *known == class && (words.contains(&lemma) || words.contains(&word)))
}

/// Which way a superlative sorts, and words of the quantity that it sorts by; none: any.
pub(crate) struct Superlative {
    pub word: &'static str,
    pub descending: bool,
    pub quantities: &'static [&'static str],
    /// It sorts dates, this way.
    pub dates_descending: Option<bool>,
    /// It can mean the place in the list.
    pub positional: bool,
    /// It can count rows: "the most common".
    pub counts: bool,
}

const fn ranks(word: &'static str, descending: bool, quantities: &'static [&'static str]) -> Superlative {
    Superlative {
        word,
        descending,
        quantities,
        dates_descending: None,
        positional: false,
        counts: false,
    }
}

const fn dates(
    word: &'static str,
    quantities: &'static [&'static str],
    descending: bool,
    dates: bool,
) -> Superlative {
    Superlative {
        word,
        descending,
        quantities,
        dates_descending: Some(dates),
        positional: false,
        counts: false,
    }
}

const fn listed(word: &'static str, descending: bool) -> Superlative {
    Superlative {
        word,
        descending,
        quantities: &["date", "year", "rank", "position", "no"],
        dates_descending: Some(descending),
        positional: true,
        counts: false,
    }
}

const fn counting(word: &'static str, descending: bool) -> Superlative {
    Superlative {
        word,
        descending,
        quantities: &[],
        dates_descending: None,
        positional: false,
        counts: true,
    }
}

const RANKED: &[&str] = &[
    "rank", "position", "pos", "place", "finish", "standing", "ranking",
];
const TIMED: &[&str] = &["time", "duration"];

#[rustfmt::skip]
pub(crate) const SUPERLATIVES: &[Superlative] = &[
    counting("most", true), counting("least", false), counting("fewest", false), counting("common", true), counting("frequent", true),
    counting("frequently", true), counting("often", true), counting("more", true), counting("fewer", false), counting("less", false),
    counting("majority", true),
    ranks("highest", true, &["height", "elevation", "altitude", "high"]), ranks("higher", true, &["height", "elevation"]),
    ranks("lowest", false, &["height", "elevation", "low"]), ranks("lower", false, &["height"]),
    ranks("largest", true, &["area", "size", "population"]), ranks("larger", true, &["area", "size", "population"]),
    ranks("biggest", true, &["area", "size", "population"]), ranks("bigger", true, &["area", "size"]),
    ranks("greatest", true, &[]), ranks("greater", true, &[]), ranks("maximum", true, &[]), ranks("max", true, &[]), ranks("minimum", false, &[]),
    ranks("smallest", false, &["area", "size", "population"]), ranks("smaller", false, &["area", "size"]),
    ranks("tallest", true, &["height"]), ranks("taller", true, &["height"]), ranks("shortest", false, &["height", "length", "time", "distance", "duration"]),
    ranks("shorter", false, &["height", "length", "time"]), ranks("longest", true, &["length", "time", "distance", "duration", "tenure", "years"]),
    ranks("longer", true, &["length", "time", "distance", "duration"]), ranks("heaviest", true, &["weight"]), ranks("lightest", false, &["weight"]),
    ranks("fastest", false, TIMED), ranks("faster", false, TIMED), ranks("quickest", false, TIMED), ranks("slowest", true, TIMED), ranks("slower", true, TIMED),
    ranks("deepest", true, &["depth"]), ranks("widest", true, &["width"]), ranks("farthest", true, &["distance"]), ranks("furthest", true, &["distance"]),
    ranks("closest", false, &["distance"]), ranks("hottest", true, &["temperature"]), ranks("coldest", false, &["temperature"]),
    ranks("cheapest", false, &["price", "cost"]), ranks("expensive", true, &["price", "cost"]), ranks("richest", true, &["worth", "wealth"]),
    ranks("best", false, RANKED), ranks("better", false, RANKED), ranks("worst", true, RANKED), ranks("worse", true, RANKED), ranks("top", false, RANKED),
    ranks("winner", false, RANKED), ranks("won", false, RANKED), ranks("popular", true, &["votes", "sales", "viewers"]), ranks("bottom", true, RANKED),
    ranks("deeper", true, &["depth"]), ranks("wider", true, &["width"]), ranks("heavier", true, &["weight"]),
    ranks("lighter", false, &["weight"]), ranks("farther", true, &["distance"]), ranks("further", true, &["distance"]),
    ranks("closer", false, &["distance"]), ranks("hotter", true, &["temperature"]), ranks("colder", false, &["temperature"]),
    ranks("cheaper", false, &["price", "cost"]), ranks("richer", true, &["worth", "wealth"]), ranks("quicker", false, TIMED),
    ranks("strongest", true, &[]), ranks("hardest", true, &[]), ranks("busiest", true, &["passengers"]), ranks("densest", true, &["density"]),
    dates("oldest", &["age"], true, false), dates("older", &["age"], true, false), dates("youngest", &["age"], false, true), dates("younger", &["age"], false, true),
    dates("earliest", &["year", "date", "time"], false, false), dates("earlier", &["year", "date"], false, false),
    dates("latest", &["year", "date", "time"], true, true), dates("later", &["year", "date"], true, true),
    dates("newest", &["year", "date"], true, true), dates("recent", &["year", "date"], true, true), dates("recently", &["year", "date"], true, true),
    listed("first", false), listed("last", true), listed("final", true), listed("initial", false), listed("start", false), listed("begin", false),
    listed("end", true),
];

pub(crate) fn superlative(word: &str) -> Option<&'static Superlative> {
    SUPERLATIVES.iter().find(|known| known.word == word)
}

/// Countries and what belongs to them; the first is the country.
#[rustfmt::skip]
const DEMONYMS: &[(&str, &str)] = &[
    ("italy", "italian"), ("france", "french"), ("germany", "german"), ("spain", "spanish"), ("england", "english"), ("britain", "british"),
    ("scotland", "scottish"), ("wales", "welsh"), ("ireland", "irish"), ("america", "american"), ("canada", "canadian"), ("mexico", "mexican"),
    ("brazil", "brazilian"), ("argentina", "argentine"), ("argentina", "argentinian"), ("chile", "chilean"), ("peru", "peruvian"),
    ("colombia", "colombian"), ("venezuela", "venezuelan"), ("australia", "australian"), ("japan", "japanese"), ("china", "chinese"),
    ("korea", "korean"), ("india", "indian"), ("pakistan", "pakistani"), ("russia", "russian"), ("ukraine", "ukrainian"), ("poland", "polish"),
    ("sweden", "swedish"), ("norway", "norwegian"), ("denmark", "danish"), ("finland", "finnish"), ("iceland", "icelandic"), ("netherlands", "dutch"),
    ("belgium", "belgian"), ("switzerland", "swiss"), ("austria", "austrian"), ("hungary", "hungarian"), ("romania", "romanian"),
    ("bulgaria", "bulgarian"), ("greece", "greek"), ("turkey", "turkish"), ("portugal", "portuguese"), ("egypt", "egyptian"), ("kenya", "kenyan"),
    ("ethiopia", "ethiopian"), ("nigeria", "nigerian"), ("morocco", "moroccan"), ("algeria", "algerian"), ("tunisia", "tunisian"),
    ("africa", "african"), ("asia", "asian"), ("europe", "european"), ("israel", "israeli"), ("iran", "iranian"), ("iraq", "iraqi"),
    ("thailand", "thai"), ("vietnam", "vietnamese"), ("philippines", "filipino"), ("indonesia", "indonesian"), ("malaysia", "malaysian"),
    ("cuba", "cuban"), ("jamaica", "jamaican"), ("croatia", "croatian"), ("serbia", "serbian"), ("slovakia", "slovak"), ("slovenia", "slovenian"),
    ("estonia", "estonian"), ("latvia", "latvian"), ("lithuania", "lithuanian"), ("kazakhstan", "kazakh"), ("belarus", "belarusian"),
    ("democrat", "democratic"), ("republic", "republican"), ("czech", "czech"), ("mali", "malian"), ("ghana", "ghanaian"), ("usa", "american"),
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("june", "jun"), ("july", "jul"), ("august", "aug"),
    ("september", "sep"), ("september", "sept"), ("october", "oct"), ("november", "nov"), ("december", "dec"),
];

/// The same thing under another form: "italian" and "italy".
pub(crate) fn counterparts(word: &str) -> impl Iterator<Item = &'static str> + '_ {
    DEMONYMS.iter().filter_map(move |(left, right)| match word {
        word if word == *left => Some(*right),
        word if word == *right => Some(*left),
        _ => None,
    })
}
