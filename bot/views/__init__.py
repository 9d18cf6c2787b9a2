"""The wording of the product: each function makes a Message of values, and knows no platform.

Buttons carry a verb and one argument that still means something after a restart:

    receipts   `<date>/<story key>/<topic>`: the signal of a stored edition (see `bot.views.brief`)
    ask        a question, in words
    follow     an entity's name; with a pace after a slash if the person has chosen one
    unfollow   an entity's name
    entity     an entity's name
    brief      a topic, empty for everything
    confirm    a subscription that was previewed (see `bot.views.subscriptions`)
    helpful    `+` or `-`, then `/<date>/<topic>` of the edition
"""
