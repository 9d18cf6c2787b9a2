"""What is never a claim: questions, small talk, housekeeping, introductions, stage directions, code."""

from __future__ import annotations

import re
from collections import defaultdict

from bot.model import Conversation

# All patterns but the introduction are matched against lower case: a case-blind search costs several times more.
_DIRECTION = re.compile(
    r"[\[(](?:(?:\w+ ){0,2}(?:laugh\w*|chuckl\w*|crosstalk|inaudible|unintelligible|applause|music|pause|sighs?|"
    r"cough\w*|silence|"
    r"cheer\w*|clap\w*|gasp\w*|snort\w*|indiscernible|overlapping|foreign language|noise|bell|beep)[^\])]{0,40}|"
    r"\d\d?:\d\d[\d:. ]*)[\])]",
    re.IGNORECASE,
)
_AND = (
    r"(?:(?:and|so|but|or|well|okay|ok|yeah|yes|now|also|like|then|um|uh|right|alright|all right|oh|i mean|you "
    r"know)[, ]+)*"
)
_QUESTION = re.compile(
    r"\?[\"'”’)\]]*$|\b(?:right|isn't it|doesn't it|aren't they|don't you think|wouldn't you|you know what i mean|"
    r"does that make sense)\?"
    rf"|^{_AND}(?:"
    r"(?:do|does|did|are|is|was|were|can|could|would|will|have|has|had|should|shall|isn't|aren't|don't|doesn't|didn't|"
    r"wouldn't|couldn't|won't|haven't|hasn't|ain't) (?:i|you|we|they|it|he|she|that|this|there|these|those|anyone|"
    r"anybody|people|your|the)\b(?!(?: \w+){0,3} or not, )"
    r"|(?:what|how|why|where|who|when|which)(?:'s|'re)? (?:do|does|did|are|is|was|were|can|could|would|will|have|has|"
    r"should|about|if|come|else|kind of|sort of|type of|many|much)\b(?!.*\b(?:is|was|matters|surprised|struck|"
    r"happened|happens) (?:that|the|a|an|is|was|we|they|it|not)\b)"
    r"|i wonder|i was wondering|i'm wondering|i am wondering|i'm curious|i was curious|curious\b|tell (?:us|me)\b|"
    r"talk (?:us|to us|about|me)\b|"
    r"walk (?:us|me)\b|explain\b|describe\b|give us\b|any (?:thoughts|other|advice|concerns|idea)\b|"
    r"what's\b(?!.*\bis (?:that|the|a|how|not)\b)|who's\b|help me understand|i want(?:ed)? to ask|i'd like to ask|"
    r"i'd love to (?:hear|know|get|talk|ask)|let me ask|my (?:next |first |last |other |second |follow-up "
    r")?question|a question\b|one question|the question is|just to follow up|could you|can you|would you|if you "
    r"could|maybe you (?:can|could))",
)
_TALK = re.compile(
    r"^(?:(?:oh|ah|well|yeah|yes|yep|no|okay|ok|alright|all right|so|and|but|right|great|sure|hey|hi|hello|um|uh|"
    r"wow|exactly|absolutely|"
    r"totally|definitely|for sure|of course|that's right|anyway|anyways|cool|nice|awesome)[,.! -]+)*"
    r"(?:thanks\b(?! to (?:a|an|the|its|their|his|her|our)\b)|thank you|many thanks|big thanks|shout ?out|welcome|"
    r"good (?:morning|afternoon|evening|night|to|point|question|luck|one|stuff|call|for you)|"
    r"great (?:to|question|point|stuff|talking|having|job)|nice (?:to|one|work|talking|job)|pleasure|it's (?:(?:so |"
    r"really |always |very )?(?:a pleasure|been a pleasure|great to|good to|an honor|my pleasure|so good|awesome to|"
    r"nice to|fun to|lovely to|been (?:great|fun|awesome|a blast|so)))|"
    r"(?:i'm |i am |we're |so |really |very |super |we are )*(?:excited|happy|glad|delighted|thrilled|honored|"
    r"pleased|psyched|stoked|grateful|looking forward) (?:to|you|for|that you|we)\b|"
    r"how are you|how's it going|how you doing|what's up|nice weather|happy (?:new year|birthday|friday|monday|"
    r"tuesday|wednesday|thursday|holidays)|merry christmas|cheers|(?:big )?congrat\w*|"
    r"have a (?:good|great|nice)|take care|see you|see ya|bye\b|goodbye|talk (?:soon|to you)|love (?:it|that|you)\b|"
    r"i love (?:it|that|this|the way you)\b|"
    r"that(?:'s| is| was| sounds)(?: so| really| pretty| very| super| a| such a| just| all)* (?:awesome|great|cool|"
    r"amazing|fair|true|right|interesting|fantastic|wonderful|good|nice|funny|hilarious|"
    r"crazy|wild|helpful|fascinating|exciting|perfect|correct|it|my|lovely|incredible|impressive|hard|tough|"
    r"brilliant)\b|(?:very |super |really |so |pretty |how )*(?:interesting|awesome|cool|amazing|fair enough|"
    r"fascinating|fantastic|wonderful|beautiful|hilarious|funny|perfect|exciting)[.! ,]*$|makes sense|that makes|"
    r"fair enough|gotcha|got it|i see\b|"
    r"i (?:agree|hear you|know|don't know|guess so|mean|get it|understand|love|hope you|appreciate)\b[^,]{0,25}$|no "
    r"(?:worries|problem|kidding|way\b)|sounds (?:good|great|like a plan|like fun)|"
    r"you're welcome|you're right|my pleasure|(?:we |i )?(?:really |so |do )?appreciate (?:it|you|that|your|"
    r"everyone)|i hope (?:you|everyone|everybody|that helps)|"
    r"hope (?:you|everyone|that)|how was your|long time no|let me (?:see|think|know|just|start|say|try)|sorry\b|"
    r"excuse me|go ahead|please go|after you|"
    r"i'm (?:doing )?(?:good|great|well|fine)\b|not too bad|can you hear|ladies and gentlemen|hey,? (?:everyone|"
    r"everybody|folks|all|guys|there)|what a (?:great|day|show|week|fun|pleasure)|"
    r"(?:my|our) (?:weekend|kids?|wife|husband|dog|cat|coffee|daughter|son|vacation|flight)\b|the weather\b|i was "
    r"(?:just )?in \w+ (?:last|this|over the) |i (?:had|"
    r"just had|need|grabbed|got) (?:a |some |my |another )?(?:coffee|cup of|lunch|breakfast|dinner|beer|nap))",
)
_HOUSE = re.compile(
    r"\b(?:subscribe (?:to|on|at|wherever|now|today|if|and|in|using)|(?:like|hit|please|to|and|comment) subscribe|"
    r"show ?notes|rate us|leave us|(?:leave|give|write) us an? (?:\w+ )?(?:review|rating)|rate and review|rating "
    r"and review|five[- ]star review|"
    r"right back\b|after the break|quick break|short break|take a break|stay tuned|coming up (?:next|after|on|later|"
    r"in)|"
    r"(?:on|in|for|of) (?:today's|this week's|next week's|this) (?:show|episode|podcast|program|edition)|(?:this "
    r"week|next week|tomorrow|today) on the|next (?:week's )?episode|"
    r"(?:on|to|off) (?:the|our|my|your|this) (?:show|podcast|pod)\b|(?:latest|upcoming|recent|new|first) episode|"
    r"(?:joins|joined|joining) us\b|(?:is|are) (?:here|with (?:me|us))(?: today| again| now)?[,.]|(?:today|this "
    r"week),? (?:we have|we've got|we want|i have|i'm joined)|want to tell you about|this episode|last episode|"
    r"previous episode|today's (?:show|episode|guest|program)|for (?:listening|tuning in|watching|joining (?:us|me)|"
    r"coming on|being here|having me|having us)|"
    r"(?:find|follow|reach) (?:me|us|him|her|them) (?:on|at|online)|our (?:newsletter|patreon|slack channel|discord|"
    r"youtube channel|website|mailing list|merch)|links? (?:is|are|it|will be|in|to (?:that|this|it|everything|all)|"
    r"for|below)\b(?=.*\b(?:notes|description|below|chapter|newsletter|comments))|linked (?:up )?in|"
    r"changelog\.com|changelog\+\+|dot com slash|your podcast app|wherever you get|apple podcasts|leave a comment|"
    r"in the comments|hit the bell|sign up for our|join us (?:next|again|on|for|in|as)|"
    r"let's (?:go to|get (?:started|into|going|to)|dive|jump|talk|turn|move|start|kick|take|hear|do|see|say|go|"
    r"bring|welcome|just|back|be|call|not|look|switch|shift)|lets (?:go|talk|start)|next question|last question|"
    r"final question|time for (?:one|a few|some|questions|another)|out of time|"
    r"before we (?:get|begin|start|dive|jump|go|wrap|let)|let me introduce|(?:i'd|i would) (?:like|love) to "
    r"introduce|guests (?:today|with us)|(?:i'm|we're|i am|we are) (?:here|joined|back)(?: today| again)?(?: with|,|"
    r" by)|joined (?:today |here |as always )?by (?:my|our|the|[a-z]+ [a-z]+)|joining (?:me|us)\b|my (?:co-?host|"
    r"guest|name is|name's)|"
    r"(?:our|this week's|next|first|special|today's) guests?\b|your hosts?\b|i'm your|as always|welcome (?:back|to)|"
    r"you're listening|this is (?:the|your) .{0,30}(?:podcast|show)|call us at|email us|send us|our sponsors?|"
    r"(?:financial|investment|legal) advice\b|informational purposes|views expressed|get tickets|merch (?:store|"
    r"shop)|transcript (?:is|was) |previously on|"
    r"(?:talk|chat|speak|hear|dig|get) (?:more )?(?:about|into|to) (?:that |this |it )?(?:later|in a (?:bit|minute|"
    r"second|moment))|we'll (?:talk|get|come|cover|discuss|touch|be talking|link|see you|catch|be back|start|hear|"
    r"take|now take|go to|dig|dive|put)|i'll (?:link|put|drop|include|add|leave|hand|turn|pass|let|start|ask)\b|"
    r"(?:we're|i'm|we are) (?:going to|gonna) (?:talk|be talking|discuss|cover|dive|get into|start|take|go|chat|dig|"
    r"hear|be joined|look at|be looking|be discussing|wrap|have)|today,? (?:we're|we are|we'll|we will|i'm|i'll) "
    r"(?:talk|discuss|cover|div|joined|going|chat|hav|look|speak|with|welcom|explor|here)|(?:want|wanted|love|like) "
    r"to (?:talk|chat|dive|jump|dig|get into|start|ask|hear|thank|welcome|mention|touch|bring up|shift|switch|go "
    r"back|remind)|"
    r"question (?:is|comes) from|has a question|turn it over|hand it (?:over|off)|over to you|you can (?:find|check|"
    r"learn|read|get|sign|see|visit|go|watch) (?:me|us|it|them|more|out|all|that|the|to)\b|check (?:it|us|that|"
    r"them) out|chapter (?:markers|data))"
)
_INTRODUCTION = re.compile(
    r"^(?:(?:hi|hello|hey|yeah|sure|so|well|yes|okay|and|and so|Hi|Hello|Hey|Yeah|Sure|So|Well|Yes|Okay|And)[,.! "
    r"]+(?:(?:everyone|everybody|all|folks|there|guys)[,.! ]+)?)*"
    r"(?:(?:I'm|I’m|I am|This is|this is|My name is|my name is|My name's|It's) [A-Z][a-zà-ÿ]+(?: "
    r"[A-Z][\w'’-]+)*(?:[.,!]| and I| and we| and this| and you| here\b| from | with |$)"
    r"|(?:I'm|I’m|I am|I was|I work as|I'm currently|I’ve been|I've been) (?:currently )?(?:a|an|the|one of the|"
    r"your|based|in|at)\b"
    r"|(?:(?:Hi|Hello|Hey|Thanks|Yes),? )?(?!The |Our |A )[A-Z][\w'’-]+ [A-Z][\w'’-]+,? (?:with|from|at|of|here "
    r"with|here from) "
    r"(?:the )?[A-Z][\w&'’-]*(?: (?:[A-Z][\w&'’-]*|of|the|and|for))*[.]?$"
    r"|[A-Z][\w'’-]+ (?:[A-Z]\.? )?[A-Z][\w'’-]+, (?:with |from |at )?(?:the )?[A-Z][\w&'’-]*(?: [A-Z&][\w&'’-]*| of|"
    r" the)*[.]?$"
    r"|(?:And |So |Now |Okay, )?[Hh]ere(?:'s|’s| is) (?:[A-Z]|the |our |my |a )"
    r"|[Ww]ith (?:me|us) (?:is|are|as always|today|in)|(?:I|[Ww]e) have (?:with (?:me|us)|here|[A-Z]\w+ [A-Z]\w+ "
    r"(?:here|with us))\b"
    r"|I (?:work|study|studied|live|grew up|was born|currently work|teach|lead|run|manage|joined|started) (?:at|for|"
    r"in|as|with|on|the|a|my|here|out)\b)",
)
_CODE = re.compile(
    r"[{};<>=\\|$_]{2,}|\w\(\)|\b(?:def|const|var|import|sudo|npm|pip|return|function) [\w.]+ ?[=({:;]|\b(?:sudo|"
    r"npm|pip|git|docker|brew|apt-get) (?:install|run|add|clone|i|commit|push) |^\s*(?:\$ |>>>|//|/\*|<\w)|\w\.\w+\("
)
_URL_ONLY = re.compile(r"^(?:\W*(?:https?://\S+|www\.\S+|[\w-]+\.(?:com|org|net|io|dev)\S*)\W*)+$")
_LETTER = re.compile(r"[^\W\d_]")
_FEWEST = 3
_REMARK, _VISITS, _CLOSE = 8, 3, 400
_CROWD = 4


def quiet(sentence: str) -> bool:
    """Tell whether a sentence on its own is a question, small talk, housekeeping or no prose at all."""
    bare = spoken(sentence)
    if bare.endswith(":"):
        return True  # it only leads up to what comes next
    if bare.count(" ") < _FEWEST - 1 or _LETTER.search(bare) is None or _INTRODUCTION.search(bare) is not None:
        return True
    flat = bare.replace("’", "'").lower()
    return any(pattern.search(flat) for pattern in (_TALK, _QUESTION, _HOUSE, _URL_ONLY, _CODE))


def asked_turns(conversation: Conversation) -> frozenset[int]:
    """Return the turns in which somebody who is there only to ask, such as a reporter, leads up to a question."""
    turns: defaultdict[str, list[int]] = defaultdict(list)
    for index, turn in enumerate(conversation.turns):
        if turn.speaker and turn.text.count(" ") >= _REMARK:
            turns[turn.speaker].append(index)
    asking: set[int] = set()
    if len(turns) < _CROWD:
        return frozenset()
    for held in turns.values():
        if len(held) <= _VISITS and all("?" in conversation.turns[index].text[-_CLOSE:] for index in held):
            asking.update(held)
    return frozenset(asking)


def spoken(sentence: str) -> str:
    """Return the sentence without stage directions such as [laughter]."""
    return _DIRECTION.sub(" ", sentence).strip() if "[" in sentence or "(" in sentence else sentence
