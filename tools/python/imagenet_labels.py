"""Short human names of the 1,000 ImageNet-1k classes, in class order.

Source: the first WordNet 3.0 lemma of each class's synset, as timm lists them
(timm/data/_info/imagenet_synsets.txt and imagenet_synset_to_lemma.txt). Two pairs of classes
share a first lemma; the second of each pair gets the name that torchvision gives it, so that the
whole list equals `meta["categories"]` of torchvision's ImageNet weights. That is checked here.
"""

from __future__ import annotations

from timm.data import ImageNetInfo
from torchvision.models import ResNet18_Weights

DISAMBIGUATED = {
    134: "crane bird",  # class 517 is the machine
    639: "maillot tank suit",  # class 638 is the tights
}


def imagenet_1k_labels() -> list[str]:
    """Returns 1,000 different names. Exits with a message when timm and torchvision disagree."""
    info = ImageNetInfo("imagenet-1k")
    labels = [info.index_to_description(index).split(", ")[0] for index in range(1000)]
    for index, name in DISAMBIGUATED.items():
        labels[index] = name
    if len(set(labels)) != 1000:
        raise SystemExit("two classes have the same label")
    if labels != list(ResNet18_Weights.DEFAULT.meta["categories"]):
        raise SystemExit("the labels made from timm's lemmas differ from torchvision's")
    return labels
