"""How a statement is put forward: asserted, alleged, forecast or opinion."""

from __future__ import annotations

import re

from bot.domain import Modality

_ALLEGED = re.compile(
    r"\b(?:alleg(?:ed|edly|es|e|ing|ations?)|accus(?:ed|es|e|ing|ations?)|reportedly|purported(?:ly)?|supposedly|"
    r"rumou?r(?:s|ed)?|"
    r"(?:is|are|was|were|been) said to|unconfirmed|suspected (?:of|to)|suspects? that|charged with|under investigation|"
    r"sources (?:say|said|tell|told|claim)|according to (?:an?|the) (?:[\w-]+ ){0,2}(?:lawsuit|complaint|indictment|"
    r"suit|accusation|allegation|leak|leaked|rumou?r|whistleblower|sources?|anonymous)|"
    r"(?:lawsuit|complaint|indictment|suit|whistleblower|prosecutors?|plaintiffs?)[^.]{0,40}\b(?:says?|said|claims?|"
    r"claimed|states?|contends?|asserts?)|"
    r"it(?:'s| is| has been) (?:claimed|alleged|rumou?red)|so the story goes)\b"
)
_CLAIM_VERB = re.compile(
    r"(?<!\bI )(?<!\bwe )(?<!\bWe )(?<!the )(?<!The )(?<!'s )(?<!of )(?<!these )(?<!those )(?<!their )(?<!her "
    r")(?<!his )(?<!to )(?<!jobless )"
    r"\bclaim(?:s|ed|ing)?(?:,)? (?:that|to|it|he|she|they|its|the|this|just|over|more|nearly|about|his|her|their|"
    r"there|\d|[A-Z]|[a-z]+ (?:is|are|was|were|has|have|had|will|can))",
)
_OWN_CLAIM = re.compile(r"\b(?:I|[Ww]e|[Yy]ou)\b(?:\s[\w'’]+){0,3}\sclaim")
_YEAR = re.compile(
    r"\b(?:by|in|until|through|before|beyond|after|of|for|to|around|since)\s(?:the )?(?:end of |calendar year |"
    r"early |late |mid-?|q[1-4] |fiscal |year )*((?:19|20)\d\d)\b"
)
_WILL = re.compile(
    r"(?<!\bi)(?:\b(?:will|won't|shall)|'ll)(?: not| likely| probably| never| always| also| soon| eventually| "
    r"continue| still| only| be| have| just)* [a-z]"
)
_NOT_FORECAST = re.compile(
    r"\b(?:i|we|you|one|let's)(?: will|'ll)\b|\bgood will\b|\bfree will\b|\bwill (?:and|of|power)\b|\b(?:when|"
    r"whenever|if|once|every time|each time|as soon as) (?:you|we|i|your|one|somebody|someone|the user|a user)\b"
)
_EXPECTATION = re.compile(
    r"\b(?:expects? (?:to|that|the|it|a|an|its|their|revenue|growth|inflation|\w+ to)|"
    r"(?:is|are|be|been|'s|'re|was|were)(?: widely| now| also| currently| still| all| not| never| probably| just)* "
    r"(?:expected|projected|forecast|predicted|anticipated|slated|scheduled|poised|set|on track|likely|unlikely|"
    r"bound|going|about|hoping|planning|aiming|seeking|looking) to\b|"
    r"(?:is|are|'s|'re)(?: now| also| currently| still)? (?:weighing|eyeing|targeting|considering|planning|"
    r"expecting|projecting|forecasting|predicting|anticipating)\b|(?:is|are) (?:likely|unlikely|scheduled|slated|"
    r"due) (?:in|by|for|next|this)\b|"
    r"forecasts?\b|predict(?:s|ed|ion|ions)?\b|projects (?:that|a|revenue|growth|sales)|projections?\b|"
    r"anticipates?\b|(?:median|growth|rate|inflation) (?:projection|outlook)|"
    r"(?<!ing )(?<!ed )(?<!its )(?<!the )(?<!their )(?<!no )(?<!to )(?:plans?|intends?|aims?|hopes|seeks|targets) "
    r"to|on pace (?:to|for)|odds (?:of|that)|(?:good|high|low|slim|real|decent|\d+ ?%|percent) chance (?:of|that)|"
    r"i(?:'d| would) bet|gonna|guidance (?:of|for|calls)|i(?:'m| am) (?:expecting|betting|predicting)|(?:later|"
    r"coming|launch\w*|arriv\w+|ship\w*|due|out|releas\w+) (?:this|next) (?:year|quarter|month|week|spring|summer|"
    r"fall|winter))"
)
_REVISED_FORECAST = re.compile(
    r"\b(?:cut|cuts|lowered|lowers|raised|raises|slashed|slashes|trimmed|withdrew|missed|beat|kept|reduced|revised) "
    r"(?:its|their|his|her|our|the|\w+['’]s) (?:[\w-]+ ){0,3}?"
    r"(?:forecast|guidance|outlook|projection|prediction|target)s?\b"
)
_SPEAKER_PLAN = re.compile(
    r"\b(?:i'm|i am|we're|we are|you're|you are|let's)(?: just| also| not)? (?:going to(?! (?:see|be|have|need|run|"
    r"get|find|lose|win|hit|reach))|gonna(?! (?:see|be|have|need|run|get|find))|about to|planning|hoping|looking)"
)
_PAST_PLAN = re.compile(
    r"\b(?:was|were|had been) (?:going|planning|supposed|about|expected|hoping|looking|set|due) to\b|\bif (?:you're|"
    r"you are|we're|i'm) going to\b|\bgoing to (?:the|a|an|my|our|your|school|work|bed|college|church)"
)
_MODAL_VERB = re.compile(
    r"\b(?:could|may|might)(?: also| well| soon| even| eventually)? (?:become|be|turn|reach|hit|lead|cause|result|"
    r"drive|push|force|replace|double|triple|fall|drop|rise|grow|exceed|cost|lose|win|end|happen|come|start|stay|"
    r"remain|now be)\b"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:you|we|i|one|they|it)(?: could| might| may)\b|could have|might have|may have", re.IGNORECASE
)
_OPINION = re.compile(
    r"\b(?:i (?:really |do |also |just |still |actually |personally |honestly |would |definitely |don't |do not |"
    r"kind of |sort of |always )*(?:think|believe|feel|find|guess|suspect|reckon|love|hate|like|prefer|doubt|"
    r"imagine|argue|say|wish|hope|agree|disagree)\b|"
    r"in my (?:opinion|view|mind|experience|humble)|imho|imo|my (?:opinion|view|sense|take|feeling|guess|bet|hunch|"
    r"favou?rite|conclusion|hope|fear)|we (?:think|believe|feel)\b|personally|to me\b|for me,|"
    r"should(?:n't)?\b|ought to|must (?:be|not|have to)|(?:you|we|they|people|everyone|everybody|companies|it) "
    r"(?:really |just |all |also |probably )?(?:need|needs|have|has|got) to|(?:have|need)(?:s)? to be|had better|"
    r"arguably|frankly|honestly|unfortunately|sadly|thankfully|it seems|seems (?:like|to|really|very)|looks like|"
    r"feels like|sounds like|"
    r"(?:it's|it is) (?:\w+ )?(?:important|critical|crucial|essential|clear|obvious|hard|easy|difficult|worth|good|"
    r"bad|better|best|great|nice|fair|okay|wrong|right|wise|smart|silly|crazy|insane)\b|don't think|underrated|"
    r"overrated|"
    r"deserves?|no doubt|without a doubt|there's no (?:reason|question|way)|what matters|the (?:real|only|biggest|"
    r"main|hard|key) (?:thing|problem|question|issue|story|point))"
)
_JUDGEMENT = re.compile(
    r"\b(?:best|worst|greatest|amazing|awesome|beautiful|brilliant|ridiculous|insane|terrible|horrible|awful|"
    r"fantastic|wonderful|fascinating|exciting|scary|ugly|elegant|boring|stupid|silly|dumb|crazy|wild|incredible|"
    r"incredibly|"
    r"great|cool|nice|perfect|magical|delightful|painful|frustrating|annoying|joke|disaster|masterpiece|genius|"
    r"impressive|remarkable|stunning|shameful|disgraceful|garbage|exemplary|mind-?boggling\w*|baffling|compelling|"
    r"refreshing\w*|absurd|terrifying|hilarious|unfair|foolish|reckless|irresponsible|superb|lousy|gorgeous|"
    r"pointless|useless|overpriced|brilliantly|jewel|too (?:much|many|big|small|late|early|high|low|slow|fast|"
    r"expensive|complex|complicated|easy|hard|far|long))\b"
)
_COPULA = re.compile(r"\b(?:is|are|was|were|be|been|'s|'re|remains?|looks?|seems?|becomes?)\b")


def classify_modality(sentence: str, year: int) -> Modality:
    """Tell how a sentence spoken in `year` is put forward; hedged accusations come before all else."""
    words = sentence.replace("’", "'").lower()
    if _ALLEGED.search(words) or _is_reported_claim(sentence):
        return Modality.ALLEGED
    if _is_forecast(words, year):
        return Modality.FORECAST
    if _OPINION.search(words) or (_JUDGEMENT.search(words) and _COPULA.search(words)):
        return Modality.OPINION
    return Modality.ASSERTED


def _is_reported_claim(sentence: str) -> bool:
    return "claim" in sentence and _CLAIM_VERB.search(sentence) is not None and _OWN_CLAIM.search(sentence) is None


def _is_forecast(words: str, year: int) -> bool:
    if _REVISED_FORECAST.search(words):
        return False
    if _has_future_year(words, year):
        return True
    if _WILL.search(words) and not _NOT_FORECAST.search(words):
        return True
    if _EXPECTATION.search(words) and not (_SPEAKER_PLAN.search(words) or _PAST_PLAN.search(words)):
        return True
    return _MODAL_VERB.search(words) is not None and _HYPOTHETICAL.search(words) is None


def _has_future_year(words: str, year: int) -> bool:
    """Tell whether a year still to come is named as the time of the statement."""
    return any(int(found[1]) > year for found in _YEAR.finditer(words))
