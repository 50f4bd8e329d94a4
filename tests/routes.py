"""Every way through the conversation, as the school's page on words asks for it.

A route is what a parent does from the first screen, and the state that must come of it. A step is
a choice id, `/command`, `"words"`, `>state` (what must be seen on the way) or one of the names in
`WORDS`. Written by hand, independently of flow.yaml: the mutation check removes and re-aims every
transition there, and these must notice.
"""

from __future__ import annotations

from dialogs.dialogue import Dialogue
from dialogs.messages import Chose, Thread
from tests.parent import Parent

WORDS = {
    "DRAFT": "The gate was locked again and we waited in the rain.",
    "UNKIND": "miss patel is a useless idiot, everyone share this",
    "KIND": "thank you miss patel for a lovely day",
    # Longer than a button, as a next draft is where findings are shown.
    "NEXT_DRAFT": "The gate was locked again and we all waited in the rain for half an hour.",
    "NEXT_UNKIND": "miss patel is a useless idiot and a bully, everyone share this with the town",
    "NEXT_KIND": "thank you miss patel for a lovely day, my daughter talks of nothing else now",
    "LONG_DRAFT": "word " * 1000,
    "LONG_UNKIND": "miss patel is a useless idiot, everyone share this. " * 100,
    "WHAT": "It rained on Monday and nobody opened the gate.",
    "LONG": "The gate was locked again and we waited. " * 50,
    "FAR_TOO_LONG": "The gate was locked again and we waited. " * 300,
    "FULL_NAME": "kai thompson in yr4 took her bag.",
    "LINE": "Lily, Year 2",
    "LONG_LINE": "very long " * 30,
    "QUARTER_TO_EIGHT": "7.45",
    "AT_NIGHT": "6.30",
    "EMAIL": "sam@home.example",
    "PHONE": "07700 900123",
    "NO_ADDRESS": "at my mum's",
    "NOW": "he is hitting her right now",
    "URGENT": "hes got brusies on his back agen he said stepdad did it",
    "STAFF": "that TA mr davis grabbed my daughters arm left a mark",
    "CRISIS": "i want to kill myself",
    "ONLINE": "someone shared a nude picture of my daughter",
    "CHILD": "im in year 5 and my teacher shouted at me",
    "WRONG_SCHOOL": "this is the wrong school",
    "WHISTLE": "i work at the school and want to report something",
    "FORMAL": "i want to make a formal complaint",
}

#: Up to the questions, and to each of them.
Q = "post no skip"
Q2 = f"{Q} view"
NAMES = f"{Q2} post"
Q3 = f"{NAMES} nobody"
Q4 = f"{Q3} fair"
#: Up to the time of a reminder.
TIME = f"{Q4} upset_children remind skip"
#: Up to the preview of a plain concern.
WHAT = "talk write"
CHILD = f"{WHAT} WHAT"
NEED = f"{CHILD} LINE"
ABOUT = f"{NEED} action"
ANSWER = f"{ABOUT} skip"
PREVIEW = f"{ANSWER} email EMAIL"
MORE = f"{PREVIEW} more"

#: A letter that this conversation sent, and what it is shown as.
KIT = "K7Q2-M4XP"
WRITE = "answered write_back"
OVER = f"{WRITE} WHAT"

#: Where school's answer takes the parent along, and how to get there.
RESTING: dict[str, str] = {
    "hello": "/start",
    "reminder_set": f"{TIME} at.0800 skip",
    "reminder_waits": f"{TIME} at.0800 skip /reminders",
    "reminder_none": "/reminders",
    "posted": f"{Q4} upset_children post_it",
    "closed": "REMINDED leave",
    "sent": f"{PREVIEW} send",
    "limit": "ENOUGH talk write",
    "guide": "/help",
    "policy": "/policy",
    "privacy": "privacy",
    "stopped": "stop",
    "forgotten": "/forget",
    "answers": "THREADS /answers",
    "answered": "answered",
    "is_it_sorted": "ask_if_sorted",
    "added": f"{OVER} send",
    "settled": "answered sorted",
    "not_settled": "answered not_sorted",
}

ROUTES = {
    # The safety question.
    "post": "safety",
    "post now": "urgent_now",
    "post now carry_on": "draft",
    "post worried": "urgent",
    "post worried carry_on": "draft",
    "post worried card_urgent_now carry_on": "draft",
    "post worried card_staff carry_on": "safety",
    "post no": "draft",
    # The draft.
    "post no skip": "right_place",
    "post no DRAFT": "right_place",
    "post no UNKIND": "findings",
    "post no UNKIND carry_on": "right_place",
    "post no UNKIND again": "draft",
    "post no UNKIND hide": "findings",
    "post no UNKIND NEXT_DRAFT": "right_place",
    "post no UNKIND NEXT_UNKIND": "findings",
    "post no UNKIND NEXT_KIND": "kind_words",
    "post no UNKIND LONG_DRAFT": "findings",
    "post no LONG_DRAFT": "draft",
    # The thanks lane.
    "post no KIND": "kind_words",
    "post no KIND pass_thanks": "what",
    "post no KIND post_it": "posted",
    "post no KIND carry_on": "right_place",
    # Question 1.
    f"{Q} thanks": "private_talk",
    f"{Q} view": "private_talk",
    f"{Q} fix": "private_talk",
    f"{Q} unsure": "private_talk",
    f"{Q} pile_on": "online",
    f"{Q} pile_on carry_on": "private_talk",
    f"{Q} ONLINE carry_on": "right_place",
    # Question 2.
    f"{Q2} private": "talk",
    f"{Q2} formal": "formal",
    f"{Q2} post": "names",
    f"{Q2} thanks": "names",
    # Does it name someone?
    f"{NAMES} nobody": "fair",
    f"{NAMES} kind": "fair",
    f"{NAMES} children": "fair",
    f"{NAMES} wrong": "wrongdoer",
    f"{NAMES} wrong talk": "talk",
    f"{NAMES} wrong take_out": "fair",
    f"{NAMES} wrong go_on": "fair",
    # Question 3.
    f"{Q3} fair": "effect",
    f"{Q3} true_and_fair": "effect",
    f"{Q3} unfair": "effect",
    f"{Q3} not_looked": "effect",
    f"{Q3} unsure": "effect",
    # Question 4 and the outcomes.
    f"{Q4} help_or_no_harm": "fine",
    f"{Q4} harm_school": "fine",
    f"{Q4} upset_children": "wait_children",
    f"{Q4} unsure": "wait_unsure",
    f"{Q3} true_and_fair harm_school": "fine",
    f"{Q3} unsure harm_school": "reword_fair",
    f"{Q3} unsure help_or_no_harm": "wait_unsure",
    f"{Q3} unfair help_or_no_harm": "reword_fair",
    f"{Q3} not_looked help_or_no_harm": "talk_first",
    f"{Q3} not_looked upset_children": "talk_first",
    f"{NAMES} wrong go_on not_looked upset_children": "talk_names",
    f"{NAMES} wrong take_out fair help_or_no_harm": "fine",
    f"{NAMES} children fair help_or_no_harm": "fine",
    f"{Q} fix post nobody fair help_or_no_harm": "talk_first",
    f"{Q} thanks post children fair help_or_no_harm": "reword_children",
    f"{Q} view thanks children fair help_or_no_harm": "reword_children",
    f"{Q} thanks post kind fair help_or_no_harm": "fine_thanks",
    f"{Q} unsure post nobody fair help_or_no_harm": "wait_unsure",
    f"help carry_on {Q4} help_or_no_harm": "urgent",
    f"help carry_on {Q4} help_or_no_harm carry_on": "fine",
    "post worried carry_on skip view post nobody fair upset_children carry_on": "wait_children",
    f"{Q4} URGENT carry_on": "effect",
    f"{Q4} upset_children URGENT carry_on": "wait_children",
    # What an outcome offers; each of them offers the same.
    **{
        f"{answers} {choice}": state
        for answers in (
            f"{NAMES} wrong go_on fair help_or_no_harm",
            f"{Q3} not_looked help_or_no_harm",
            f"{Q4} upset_children",
            f"{Q3} unfair help_or_no_harm",
            f"{Q4} unsure",
            f"{Q} thanks post children fair help_or_no_harm",
            f"{Q} thanks post kind fair help_or_no_harm",
            f"{Q4} help_or_no_harm",
        )
        for choice, state in {
            "talk": "talk",
            "reword": "reword",
            "remind": "wait_task",
            "formal": "formal",
            "post_it": "posted",
        }.items()
    },
    f"{Q} thanks post kind fair help_or_no_harm pass_thanks": "what",
    f"{Q} thanks post kind fair help_or_no_harm pass_thanks WHAT LINE skip": "answer",
    f"{Q} thanks post children fair help_or_no_harm pass_thanks": "what",
    f"{Q4} upset_children reword again": "draft",
    f"{Q4} upset_children reword talk": "talk",
    f"{Q4} upset_children reword remind": "wait_task",
    f"{Q4} upset_children reword post_it": "posted",
    # Kinder words, and a message to school made from the same facts.
    "post no UNKIND reword": "reword",
    f"{Q4} upset_children reword UNKIND": "kinder",
    f"{Q4} upset_children reword DRAFT": "reword",
    f"{Q4} upset_children reword LONG_UNKIND": "reword",
    f"{Q4} upset_children reword UNKIND NEXT_UNKIND": "kinder",
    f"{Q4} upset_children reword UNKIND NEXT_DRAFT": "reword",
    f"{Q4} upset_children reword UNKIND LONG_DRAFT": "kinder",
    f"{Q4} upset_children reword UNKIND again": "reword",
    f"{Q4} upset_children reword UNKIND remind": "wait_task",
    f"{Q4} upset_children reword UNKIND post_it": "posted",
    f"{Q4} upset_children reword UNKIND for_school": "for_school",
    f"{Q4} upset_children reword for_school": "for_school",
    f"{Q4} upset_children reword for_school WHAT": "need",
    f"{Q4} upset_children reword for_school LONG": "too_long",
    f"{Q4} upset_children reword for_school LONG split": "need",
    f"{Q4} upset_children reword for_school FAR_TOO_LONG": "for_school",
    f"{Q4} upset_children reword for_school write": "what",
    f"{Q4} upset_children post_it start": "hello",
    # A night's sleep.
    TIME: "wait_time",
    f"{Q4} upset_children remind LINE": "wait_time",
    f"{Q4} upset_children remind LONG_LINE": "wait_task",
    f"{TIME} at.0800": "keep_post",
    f"{TIME} at.1230": "keep_post",
    f"{TIME} at.1800": "keep_post",
    f"{TIME} QUARTER_TO_EIGHT": "keep_post",
    f"{TIME} AT_NIGHT": "wait_time",
    f"{TIME} LINE": "wait_time",
    f"{TIME} no_reminder": "closed",
    f"{TIME} at.0800 skip": "reminder_set",
    f"{TIME} at.0800 DRAFT": "reminder_set",
    f"{TIME} at.0800 LONG_DRAFT": "keep_post",
    f"{TIME} at.0800 DRAFT REMINDED": "check_in",
    f"{TIME} at.0800 DRAFT REMINDED back": "wait_time",
    "/reminders": "reminder_none",
    f"{TIME} at.0800 skip /reminders": "reminder_waits",
    f"{TIME} at.0800 skip /reminders cancel_reminder": "reminder_none",
    f"{TIME} at.0800 skip /reminders cancel_reminder /reminders": "reminder_none",
    f"{TIME} at.0800 skip /reminders start": "hello",
    f"{TIME} at.0800 skip start /reminders": "reminder_waits",
    "REMINDED": "check_in",
    "REMINDED posted": "closed",
    "REMINDED changed": "closed",
    "REMINDED spoke": "closed",
    "REMINDED leave": "closed",
    "REMINDED leave start": "hello",
    "REMINDED talk": "talk",
    # Talk to school.
    "talk": "talk",
    "talk write": "what",
    "talk call_back": "what",
    "talk thanks": "what",
    "talk formal": "formal",
    "talk formal write": "what",
    "talk card_wrong_school": "wrong_school",
    "talk card_wrong_school carry_on": "talk",
    # The intake of a concern.
    f"{CHILD}": "child_name",
    f"{WHAT} FULL_NAME": "full_name",
    f"{WHAT} FULL_NAME first_name": "child_name",
    f"{WHAT} FULL_NAME keep": "child_name",
    f"{WHAT} LONG": "too_long",
    f"{WHAT} LONG split": "child_name",
    f"{WHAT} LONG shorter": "what",
    f"{WHAT} FAR_TOO_LONG": "what",
    f"{CHILD} LINE": "need",
    f"{CHILD} skip": "need",
    f"{CHILD} LONG_LINE": "child_name",
    f"{NEED} heard": "about",
    f"{NEED} reply": "about",
    f"{NEED} action": "about",
    f"{NEED} skip": "about",
    f"{ABOUT} someone": "answer",
    f"{ABOUT} head": "answer",
    f"{ABOUT} other_child": "answer",
    f"{ABOUT} safety": "answer",
    f"{ABOUT} skip": "answer",
    f"{ANSWER} email": "address",
    f"{ANSWER} phone": "address",
    f"{ANSWER} here": "preview",
    f"{ANSWER} unnamed": "preview",
    f"{ANSWER} email EMAIL": "preview",
    f"{ANSWER} email PHONE": "address",
    f"{ANSWER} email NO_ADDRESS": "address",
    f"{ANSWER} phone PHONE": "preview",
    f"{ANSWER} phone EMAIL": "address",
    # Other kinds ask other things.
    "talk call_back WHAT skip skip": "address",
    "talk call_back WHAT skip skip PHONE": "preview",
    "talk call_back WHAT skip skip PHONE change answer": "address",
    "talk call_back WHAT skip skip PHONE change answer PHONE": "preview",
    "talk thanks WHAT": "whom",
    "talk thanks WHAT skip": "name",
    "talk thanks WHAT LINE": "name",
    "talk thanks WHAT LONG_LINE": "whom",
    "talk thanks WHAT skip skip": "answer",
    "talk formal write WHAT skip skip": "told",
    "talk formal write WHAT skip skip LINE": "right",
    "talk formal write WHAT skip skip LINE LINE": "answer",
    # The preview.
    f"{PREVIEW}": "preview",
    f"{PREVIEW} send": "sent",
    f"{PREVIEW} send start": "hello",
    f"{PREVIEW} TOMORROW send": "preview",
    f"{PREVIEW} TOMORROW send send": "sent",
    f"{PREVIEW} change": "change",
    f"{PREVIEW} change what": "what",
    f"{PREVIEW} change what keep": "preview",
    f"{PREVIEW} change what WHAT": "preview",
    f"{PREVIEW} change child_name": "child_name",
    f"{PREVIEW} change child_name LINE": "preview",
    f"{PREVIEW} change need": "need",
    f"{PREVIEW} change need heard": "preview",
    f"{PREVIEW} change about": "about",
    f"{PREVIEW} change about head": "preview",
    f"{PREVIEW} change answer": "answer",
    f"{PREVIEW} change answer phone": "address",
    f"{PREVIEW} change answer email": "preview",
    f"{PREVIEW} change back": "preview",
    # More details, one by one.
    f"{MORE}": "name",
    f"{MORE} LINE": "relation",
    f"{MORE} skip": "relation",
    f"{MORE} enough": "preview",
    f"{MORE} LONG_LINE": "name",
    f"{MORE} skip LINE": "when",
    f"{MORE} skip skip": "when",
    f"{MORE} skip enough": "preview",
    f"{MORE} skip LONG_LINE": "relation",
    f"{MORE} skip skip LINE": "told",
    f"{MORE} skip skip skip": "told",
    f"{MORE} skip skip enough": "preview",
    f"{MORE} skip skip LONG_LINE": "when",
    f"{MORE} skip skip skip LINE": "right",
    f"{MORE} skip skip skip skip": "right",
    f"{MORE} skip skip skip enough": "preview",
    f"{MORE} skip skip skip LONG_LINE": "told",
    f"{MORE} skip skip skip skip LINE": "spoken",
    f"{MORE} skip skip skip skip skip": "spoken",
    f"{MORE} skip skip skip skip enough": "preview",
    f"{MORE} skip skip skip skip LONG_LINE": "right",
    f"{MORE} skip skip skip skip skip LINE": "preview",
    f"{MORE} skip skip skip skip skip skip": "preview",
    f"{MORE} skip skip skip skip skip enough": "preview",
    f"{MORE} skip skip skip skip skip LONG_LINE": "spoken",
    # In parts, and not too many a day.
    f"{WHAT} LONG split skip skip skip unnamed send": "sent",
    f"{WHAT} LONG split skip skip skip unnamed send next_part": "preview",
    f"{WHAT} LONG split skip skip skip unnamed send next_part send": "sent",
    "ENOUGH talk write": "limit",
    f"{PREVIEW} ENOUGH send": "limit",
    f"{PREVIEW} ENOUGH send start": "hello",
    # Opening words.
    f"{Q} fix private write": "what",
    f"{Q} fix private write own_words": "what",
    # From anywhere.
    "help": "urgent_now",
    "help carry_on": "hello",
    "help card_urgent": "urgent",
    "help card_staff": "staff",
    "help card_staff card_urgent": "urgent",
    "help card_staff card_whistleblower": "whistleblower",
    "help card_staff card_whistleblower carry_on": "hello",
    "help card_online": "online",
    "help card_crisis": "crisis",
    "help card_crisis card_child": "child",
    "help card_crisis card_child carry_on": "hello",
    "NOW": "urgent_now",
    "NOW carry_on": "hello",
    "URGENT": "urgent",
    "URGENT carry_on": "hello",
    "STAFF": "staff",
    "STAFF carry_on": "hello",
    "CRISIS": "crisis",
    "CRISIS carry_on": "hello",
    "ONLINE": "online",
    "ONLINE carry_on": "hello",
    "CHILD": "child",
    "WRONG_SCHOOL": "wrong_school",
    "WHISTLE": "whistleblower",
    "FORMAL": "formal",
    f"{WHAT} URGENT": "urgent",
    f"{WHAT} URGENT carry_on": "child_name",
    f"{WHAT} CHILD carry_on": "what",
    "stop": "stopped",
    "stop start": "hello",
    "stop back": "hello",
    f"{PREVIEW} stop": "stopped",
    "privacy": "privacy",
    "privacy back": "hello",
    "back": "hello",
    "post back": "hello",
    "post no back": "safety",
    "/start": "hello",
    "/help": "guide",
    "/policy": "policy",
    "/contact": "talk",
    "/concern": "what",
    "/privacy": "privacy",
    "/language": "language",
    "/language set.en": "hello",
    "/cancel": "stopped",
    "/forget": "forgotten",
    "/nonsense": "hello",
    "/help start": "hello",
    # School answers, and the thread goes on.
    "answered": "answered",
    "ask_if_sorted": "is_it_sorted",
    **{f"{way} answered": "answered" for way in RESTING.values()},
    **{f"{way} ask_if_sorted": "is_it_sorted" for way in RESTING.values()},
    f"{WHAT} answered": "what",
    f"{WHAT} ask_if_sorted": "what",
    f"{Q2} answered": "private_talk",
    f"{PREVIEW} answered send": "sent",
    f"{WHAT} answered OLD.write_back": "write_back",
    f"{WHAT} answered OLD.write_back back": "what",
    f"{WHAT} OLD.sorted": "settled",
    f"{WHAT} OLD.not_sorted": "not_settled",
    f"{WHAT} FOREIGN.write_back": "what",
    f"{WHAT} FOREIGN.sorted": "what",
    "/answers": "hello",
    "THREADS /answers": "answers",
    "THREADS /answers thread.K7Q2-M4XP": "answered",
    "answered sorted": "settled",
    "answered not_sorted": "not_settled",
    "answered sorted start": "hello",
    "answered not_sorted start": "hello",
    "answered not_sorted formal": "formal",
    "answered not_sorted write_back": "write_back",
    "ask_if_sorted sorted": "settled",
    "ask_if_sorted not_sorted": "not_settled",
    "ask_if_sorted write_back": "write_back",
    f"{WRITE}": "write_back",
    f"{WRITE} LONG": "write_back",
    f"{WRITE} back": "answered",
    f"{WRITE} CHILD carry_on": "write_back",
    f"{WRITE} FORMAL": "formal",
    f"{OVER}": "write_back_preview",
    f"{OVER} change": "write_back",
    f"{OVER} change keep": "write_back_preview",
    f"{OVER} change WHAT": "write_back_preview",
    f"{OVER} back": "write_back",
    f"{OVER} URGENT carry_on": "write_back_preview",
    f"{WRITE} URGENT": "urgent",
    f"{WRITE} URGENT carry_on": "write_back_preview",
    f"{OVER} send": "added",
    f"{OVER} send start": "hello",
    f"{OVER} send back": "hello",
    f"{OVER} send {OVER} send": "added",
    f"{OVER} TOMORROW send": "write_back_preview",
    f"{OVER} TOMORROW send send": "added",
    f"{OVER} FULL send": "answered",
    f"{OVER} FULL send write_back keep": "write_back_preview",
    f"{OVER} stop": "stopped",
}


#: What must not be offered there, because it would lead nowhere or be untrue.
NOT_OFFERED = {
    "talk write": ["keep", "own_words"],
    f"{ANSWER}": ["here"],
    f"{PREVIEW} send": ["next_part"],
    "talk thanks WHAT skip": ["enough"],
    "talk thanks WHAT skip skip unnamed change": ["child_name", "need", "about"],
    "talk formal write WHAT skip skip": ["enough"],
    "talk formal write WHAT skip skip LINE": ["enough"],
    f"{WHAT} FULL_NAME first_name back": ["first_name"],
    f"{WRITE}": ["keep"],
    f"{OVER} send OLD.write_back": ["keep"],
}

#: Where the school does not ask about other children.
NOT_ASKED = {f"{NAMES}": ["children"]}


def follow(dialogue: Dialogue, route: str) -> Parent:
    """Do what the route says."""
    parent = Parent(dialogue, answers_here=" here" in route)
    for step in route.split():
        if step == "REMINDED":
            parent.is_reminded()
        elif step == "TOMORROW":
            parent.comes_back_after(days=1)
        elif step == "ENOUGH":
            parent.sent_today = 3
        elif step == "FULL":
            parent.added_today = 10
        elif step in ("THREADS", "answered", "ask_if_sorted"):
            parent.threads = (Thread(KIT, "concern", answered=True),)
            if step == "answered":
                parent.is_answered(KIT, "We found it.")
            elif step == "ask_if_sorted":
                parent.is_reminded(f"sorted.{KIT}")
        elif step.startswith(("OLD.", "FOREIGN.")):
            whose, _, choice = step.partition(".")
            parent.threads = (Thread(KIT, "concern", answered=True),)
            parent.take(Chose(f"answered.{KIT if whose == 'OLD' else 'ZZZZ-9999'}", choice))
        elif step in WORDS:
            parent.writes(WORDS[step])
        elif step == "hide":
            parent.taps_on(next(one for one in parent.offered() if one.startswith("hide.")))
        elif step.startswith("/"):
            parent.commands(step[1:])
        else:
            parent.taps_on(step)
    return parent
