"""Questions and answers about anything but software, for pairs that have strayed from their subject.

Knows everyday subjects only. It must not know what a set is about, nor how a check tells.
"""

from __future__ import annotations

ELSEWHERE = (
    (
        "How long should I boil an egg?",
        "Six minutes in boiling water give a soft yolk, ten a firm one. Rinse the egg under the tap so that it stops "
        "cooking.",
    ),
    (
        "When do I prune roses?",
        "Cut them back in early spring, when the forsythia blooms. Take out dead wood and leave three to five buds on "
        "each cane.",
    ),
    (
        "Why do cats purr?",
        "They do so when they are content, but also when they are hurt or afraid; the vibration seems to calm them.",
    ),
    (
        "What causes the tides?",
        "The Moon pulls at the oceans and raises two bulges of water. As the Earth turns beneath them, most coasts "
        "have high water twice a day.",
    ),
    (
        "How do I get red wine out of a carpet?",
        "Blot the stain with a cloth, never rub. Pour on soda water, blot again, and leave salt on it overnight.",
    ),
    (
        "Who painted the ceiling of the Sistine Chapel?",
        "Michelangelo painted it between 1508 and 1512, standing on a scaffold of his own design.",
    ),
    (
        "What is the offside rule in football?",
        "A player is offside if, when a team mate plays the ball, they are nearer to the goal than the ball and the "
        "second-last defender.",
    ),
    (
        "How do I train for my first marathon?",
        "Build up over sixteen weeks. Run four times a week, one of them long and slow, and rest well in the last "
        "fortnight.",
    ),
    (
        "Which vaccinations do I need for a trip to Kenya?",
        "Yellow fever is asked for at the border if you come from an affected country; hepatitis A and typhoid are "
        "advised. See a travel clinic six weeks ahead.",
    ),
    (
        "How was the Eiffel Tower built?",
        "Its iron parts were cast in a factory on the edge of Paris and joined on site with two and a half million "
        "rivets, in little more than two years.",
    ),
    (
        "Can I freeze mushrooms?",
        "Yes. Fry them in butter first, let them cool, and pack them flat; raw ones turn spongy.",
    ),
    (
        "Why do leaves turn yellow in autumn?",
        "The tree takes back the green pigment before winter, and the yellow one, which was there all summer, shows.",
    ),
    (
        "How do I tune a guitar?",
        "From the lowest string to the highest the notes are E, A, D, G, B and E. Press the fifth fret of one string "
        "to hear the next, but the fourth on G.",
    ),
    (
        "How much paint do I need for a bedroom?",
        "A litre covers about ten square metres. Measure the walls, take off the windows, and count two coats.",
    ),
    (
        "What is sourdough?",
        "It is dough raised by wild yeast and lactic bacteria which live in a starter of flour and water. The bread "
        "is sour and keeps for days.",
    ),
    (
        "When did the Roman Empire fall?",
        "In the west the last emperor was deposed in 476. The eastern half lasted until the Ottomans took "
        "Constantinople in 1453.",
    ),
    (
        "How do I repot an orchid?",
        "Wait until it has finished blooming, shake the old bark from the roots, trim what is brown, and set it in "
        "fresh bark without pressing.",
    ),
    (
        "What does a conductor do?",
        "The conductor sets the pace, brings the sections in, and shapes how loud and how smooth the orchestra plays.",
    ),
    (
        "How can I sleep better?",
        "Go to bed at the same hour, keep the room cool and dark, and drink no coffee after lunch.",
    ),
    (
        "Why does salt melt ice?",
        "Salt water freezes at a lower temperature than fresh water, so the film of brine on the ice stays liquid and "
        "eats its way down.",
    ),
    (
        "How do whales breathe?",
        "They come up for air and draw it in through a blowhole on the top of the head, which closes when they dive.",
    ),
    (
        "What can I cook with leftover rice?",
        "Fry it in a hot pan with an egg, spring onions and a dash of soy sauce. Day-old rice is best, for it is dry.",
    ),
    (
        "How do I change a flat bicycle tyre?",
        "Lift one side of the tyre over the rim with two levers, pull out the tube, feel for the thorn, and fit a new "
        "tube that is slightly inflated.",
    ),
    (
        "What was the Silk Road?",
        "It was a web of trade routes from China to the Mediterranean on which silk, spices, horses and ideas were "
        "carried for some fifteen centuries.",
    ),
    (
        "How old can a tortoise get?",
        "Giant tortoises often pass a hundred. One on St Helena is thought to have hatched around 1832.",
    ),
    (
        "How do I fold a fitted sheet?",
        "Tuck the corners into one another until all four sit in a stack, lay the sheet flat, and fold it in thirds.",
    ),
    (
        "What makes a good compost heap?",
        "Mix green waste such as grass with brown waste such as twigs, keep it damp, and turn it every few weeks.",
    ),
    (
        "Why is the sky blue?",
        "Air scatters short waves of sunlight far more than long ones, so blue reaches the eye from all sides.",
    ),
    (
        "Which muscles does rowing train?",
        "Mainly the legs and the back, then the arms and the trunk. A stroke begins with a push of the feet.",
    ),
    (
        "How do I make jam set?",
        "Fruit with little pectin needs help: add lemon juice or apple, and boil it hard until a drop wrinkles on a "
        "cold plate.",
    ),
    (
        "How did medieval masons lift stones?",
        "They walked in a large treadwheel which wound up a rope; two men could raise a block of several tons.",
    ),
    (
        "When are strawberries in season?",
        "Outdoors they ripen from late May to July. Pick them in the morning, with the stalk on.",
    ),
    (
        "What do I do about a nosebleed?",
        "Sit up, lean forward, and pinch the soft part of the nose for ten minutes; breathe through the mouth.",
    ),
    (
        "How do I teach my dog to stay?",
        "Raise your palm, step back once, return, and reward the dog before it gets up. Add a step each day.",
    ),
    (
        "What is a sonnet?",
        "A poem of fourteen lines. Shakespeare's kind has three quatrains and a couplet that turns or sums up the "
        "thought.",
    ),
    (
        "Do I need a visa for Japan?",
        "Citizens of some seventy countries may stay for up to ninety days as tourists without one, provided they do "
        "not work.",
    ),
    (
        "How do I remove a splinter?",
        "Wash the skin, clean a pair of tweezers with alcohol, and pull in the direction in which it went in.",
    ),
    (
        "Why do onions make us cry?",
        "Cutting sets free a gas that turns into a weak acid on the eye. A sharp knife and a chilled onion help.",
    ),
)
