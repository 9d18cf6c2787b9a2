"""What is never a claim: questions, small talk, housekeeping, introductions, stage directions, code."""

from __future__ import annotations

import re

_DIRECTION = re.compile(r"[\[(](?:[^\])]{0,60})[\])]")
_QUESTION = re.compile(
    r"\?[\"'”’)\]]*$"
    r"|^(?:(?:and|so|but|or|well|okay|ok|yeah|now|also|like|then|um|uh)[, ]+)*"
    r"(?:(?:do|does|did|are|is|was|were|can|could|would|will|have|has|had|should|shall|isn't|aren't|don't|doesn't|didn't|"
    r"wouldn't|couldn't|won't|haven't|hasn't) (?:i|you|we|they|it|he|she|that|this|there|these|those|anyone|anybody|people|your|the)\b"
    r"|(?:what|how|why|where|who|when|which)(?:'s|’s|'re|’re)? (?:do|does|did|are|is|was|were|can|could|would|will|have|has|"
    r"should|about|if|come|else|kind of|sort of|type of|many|much)\b(?![^?]*\b(?:is that|was that)\b)"
    r"|(?:i wonder|i was wondering|i'm wondering|i am wondering|i'm curious|i was curious|curious|tell (?:us|me)|talk (?:us|to us|about|me)|"
    r"walk (?:us|me)|explain|describe|give us|any thoughts|any other|what's|who's|help me understand|i want to ask|i wanted to ask|"
    r"let me ask|my (?:next |first |last |other |second )?question|a question|one question|the question is|just to follow up|could you|can you|would you)\b)"
    r"|\b(?:right|isn't it|doesn't it|don't you think|wouldn't you|you know what i mean)\?",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"^(?:(?:oh|ah|well|yeah|yes|no|okay|ok|alright|all right|so|and|but|right|great|sure|hey|hi|hello|um|uh|wow|exactly|absolutely|"
    r"totally|definitely|for sure|of course|that's right|anyway|anyways)[,.! -]+)*"
    r"(?:thanks|thank you|many thanks|big thanks|shout ?out|welcome|good (?:morning|afternoon|evening|night|to|point|question|luck|one|stuff|call)|"
    r"great (?:to|question|point|stuff|talking|having|job)|nice (?:to|one|work|talking)|pleasure|it's (?:a |been a |great|good|an honor|my pleasure|so good|so great|really good|awesome to|nice to|fun)|"
    r"(?:i'm |i am |we're |so |really |very |super )*(?:excited|happy|glad|delighted|thrilled|honored|pleased|psyched|stoked|grateful) (?:to|you|for|that you|we)\b|"
    r"how are you|how's it going|how you doing|what's up|nice weather|happy (?:new year|birthday|friday|monday|holidays)|merry christmas|cheers|congrat\w*|"
    r"have a (?:good|great|nice)|take care|see you|see ya|bye|goodbye|talk (?:soon|to you)|love (?:it|that|you)|i love (?:it|that|this)|"
    r"that(?:'s| is| was| sounds)(?: so| really| pretty| very| super| a)* (?:awesome|great|cool|amazing|fair|true|right|interesting|fantastic|wonderful|good|nice|funny|hilarious|"
    r"crazy|wild|helpful|fascinating|exciting|perfect|correct|it|all|a good|a great|my)\b|(?:very |super |really |so |pretty )*(?:interesting|awesome|cool|amazing|fair enough|"
    r"fascinating|fantastic|wonderful|beautiful|hilarious|funny|perfect|exciting)[.! ,]*$|makes sense|that makes|fair enough|gotcha|got it|i see|"
    r"i (?:agree|hear you|know|don't know|guess so|mean|get it|understand|love|hope you|appreciate)\b[^,]{0,25}$|no (?:worries|problem|kidding|way)|sounds (?:good|great|like a plan)|"
    r"you're welcome|my pleasure|appreciate (?:it|you|that|your)|(?:we |i )(?:really |so )?appreciate (?:it|you|your|everyone)|i hope (?:you|everyone|everybody|that helps)|"
    r"hope (?:you|everyone|that)|how was your|long time no|let me (?:see|think|know|just|start|say|try)|sorry|excuse me|go ahead|please go|after you|"
    r"i'm (?:doing )?(?:good|great|well|fine)\b|not too bad|can you hear|ladies and gentlemen|hey,? (?:everyone|everybody|folks|all|guys|there)|what a (?:great|day|show|week))",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"\b(?:subscribe|show ?notes|(?:leave|rate|give) us (?:a )?(?:review|rating|five|5)|rate and review|rating and review|five[- ]star review|like and subscribe|"
    r"(?:we'll|we will|we'll be|be) right back|after the break|quick break|short break|take a break|stay tuned|coming up (?:next|after|on|later)|"
    r"(?:on|in|for) (?:today's|this week's|next week's|this) (?:show|episode|podcast)|(?:today|this week|next week|tomorrow) on (?:the )?(?:show|podcast|[A-Z])|next (?:week's )?episode|"
    r"this episode|last episode|previous episode|(?:thanks|thank you) (?:so much |again |very much |everyone |all |everybody )?for (?:listening|tuning|watching|joining|coming|being|having|your|all|the|taking)|"
    r"(?:you can |you'll )?(?:find|follow|reach) (?:me|us|him|her|them) (?:on|at|online)|follow (?:us|me) on|our (?:newsletter|patreon|slack|discord|youtube channel|website|mailing list)|link(?:s|ed)? (?:is |are |it |will be |that |this )?(?:up )?(?:in|below)|"
    r"changelog\.com|changelog\+\+|dot com slash|your podcast app|wherever you get|apple podcasts|leave a comment|in the comments|hit the bell|sign up for our|join us (?:next|again|on|for|in)|"
    r"let's (?:go to|get (?:started|into|going|to)|dive|jump|talk|turn|move|start|kick|take|hear|do|see|say|go|bring|welcome)|(?:next|last|final) question|we (?:have|'ve got) time for|we're out of time|"
    r"before we (?:get|begin|start|dive|jump|go|wrap|let)|let me introduce|i'd like to introduce|(?:i'm|we're|i am|we are) (?:here|joined|back)(?: today| again)?(?: with|,| by)|joined (?:today |here |as always )?by|joining (?:me|us)|my (?:co-?host|guest|name is|name's)|"
    r"(?:our|today's|this week's) guests?|your hosts?|i'm your|as always|welcome (?:back|to)|you're listening|this is (?:the|your) .{0,30}(?:podcast|show)|call us at|email us|send us|our sponsors?|"
    r"disclaimer|not (?:financial|investment|legal) advice|for informational purposes|views expressed|get tickets|merch (?:store|shop)|transcript (?:is|was|of)|previously on|recorded (?:live )?(?:at|on|in)|"
    r"(?:talk|chat|speak|hear|dig|get) (?:more )?(?:about|into|to) (?:that|this|it)? ?(?:later|in a (?:bit|minute|second|moment))|we'll (?:talk|get|come|cover|discuss|touch|be talking|link|see you|catch)|i'll (?:link|put|drop|include|add|leave|hand|turn|pass|let) )",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"^(?:(?:hi|hello|hey|yeah|sure|so|well|yes|okay|and)[,.! ]+(?:(?:everyone|everybody|all|folks|there|guys)[,.! ]+)?)*"
    r"(?:(?:i'm|i am|this is|my name is|my name's|it's) [A-Z][a-zà-ÿ]+(?: [A-Z][\w'’-]+)*(?:[.,!]| and | here\b| from | with |$)"
    r"|(?:i'm|i am|i was|i work as|i'm currently|i've been) (?:a|an|the) (?:[\w-]+ ){0,4}(?:engineer|developer|scientist|founder|co-?founder|ceo|cto|host|professor|researcher|"
    r"manager|director|designer|journalist|reporter|partner|analyst|editor|lead|head|consultant|student|member|maintainer|contributor|president|vp|architect)\b"
    r"|with (?:me|us) (?:is|are|as always|today|in)|(?:i|we) have (?:with (?:me|us)|here|[A-Z]\w+ [A-Z]\w+ (?:here|with us))\b)",
)
_CODE = re.compile(
    r"[{};<>=\\|$_]{2,}|\w\(\)|\b(?:def|const|var|function|return|import|sudo|npm|pip) \w|^\s*(?:\$|>>>|//|/\*|<\w)|\w+\.\w+\("
)
_URL_ONLY = re.compile(r"^(?:\W*(?:https?://\S+|www\.\S+|[\w-]+\.(?:com|org|net|io|dev)\S*)\W*)+$")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"\w[\w'’-]*")
_FEWEST = 4


def quiet(sentence: str) -> bool:
    """Tell whether a sentence on its own is a question, small talk, housekeeping or no prose at all."""
    bare = spoken(sentence)
    if len(_WORD.findall(bare)) < _FEWEST or _LETTER.search(bare) is None:
        return True
    bare = bare.replace("’", "'")
    patterns = (_QUESTION, _TALK, _HOUSE, _INTRODUCTION, _CODE, _URL_ONLY)
    return any(pattern.search(bare) for pattern in patterns)


def spoken(sentence: str) -> str:
    """Return the sentence without stage directions such as [laughter]."""
    return _DIRECTION.sub(" ", sentence).strip() if "[" in sentence else sentence
