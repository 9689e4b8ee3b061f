//! Small words.

/// Words that may be passed over: they carry manners, grammar, or nothing.
#[rustfmt::skip]
pub(crate) const LIGHT: &[&str] = &[
    "a", "an", "the", "this", "that", "these", "those", "is", "are", "was", "were", "be", "been", "being", "am",
    "do", "does", "did", "done", "has", "have", "had", "having", "will", "would", "can", "could", "should", "may", "might",
    "i", "me", "my", "we", "us", "our", "ours", "you", "your", "it", "its", "they", "them", "their", "there", "here", "he", "she",
    "his", "her", "to", "of", "in", "on", "at", "for", "from", "with", "as", "about", "into", "onto", "out", "off", "so", "if",
    "then", "than", "also", "too", "just", "only", "any", "all", "some", "both", "per", "up", "down", "over", "under",
    "show", "give", "tell", "get", "find", "display", "return", "see", "look", "let", "want", "need", "like", "please",
    "fetch", "pull", "bring", "provide", "report", "compute", "calculate", "know", "help", "view", "print", "retrieve",
    "how", "where", "one", "ones", "thing", "things", "much", "many", "few", "more", "other",
    "data", "dataset", "database", "table", "tables", "row", "rows", "record", "records", "entry", "entries", "result", "results",
    "information", "info", "detail", "details", "figure", "figures", "statistic", "statistics", "stats", "overview", "summary",
    "summarise", "summarize", "relative", "respect", "terms", "value", "values",
    "level", "levels", "reading", "readings", "number", "numbers", "overall", "across", "who", "whom", "whole", "entire",
    "happen", "happened", "occur", "occurred", "occurs", "detected", "recorded", "reported", "seen", "found", "made", "make",
    "makes", "making", "got", "gets", "generate", "generates", "generated", "generating", "bringing", "brings", "perform",
    "performs", "performing", "performed", "rank", "ranking", "ranked", "sorted", "sort", "order", "highest", "going", "went",
    "take", "takes", "took", "taken", "come", "comes", "came", "exist", "exists", "existing", "contain", "contains", "include", "includes",
    "including", "included", "belong", "belongs", "belonging", "well", "still", "yet", "ever", "actually", "really", "exactly",
    "typically", "usually", "generally", "typical", "usual", "company", "business", "organisation", "organization",
    "hi", "hello", "hey", "thanks", "thank", "question", "answer", "chart", "graph", "plot", "score", "scores", "looking", "via",
    "s", "re", "ve", "ll", "d", "m", "sort", "having", "amongst", "while", "during", "do", "set",
    "quick", "quickly", "currently", "available", "exceeding", "go", "use", "used", "each", "every", "running", "run", "had", "until",
    "which", "what", "whose", "instead", "sold", "sell", "sells", "placed", "bought", "ordered", "work", "works", "but", "yes", "no", "ok", "okay", "such", "together", "them", "total", "against",
    "buy", "buys", "gave", "away", "possible", "already", "single", "receive", "receives", "handled", "handle", "handles", "measured",
    "measure", "measures", "registered", "registers", "observed", "size", "volume", "thanks", "kindly", "far", "ask", "wonder", "wondering", "us",
];
