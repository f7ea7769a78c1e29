"""Networks written in plain PyTorch: generators, autoencoders, a denoiser and a U-Net."""

from __future__ import annotations

import torch
from not_classifier import CLASSES, IMAGE, WIDE, Input, Network
from torch import Tensor, nn


class Generator(nn.Sequential):
    """Noise to image by transposed convolutions (Radford et al. 2015, arXiv:1511.06434)."""

    def __init__(self, noise: int = 64, width: int = 16) -> None:
        steps: list[nn.Module] = [nn.ConvTranspose2d(noise, width * 4, 4), nn.ReLU()]
        for factor in (4, 2):
            channels, half = width * factor, width * factor // 2
            steps += [nn.ConvTranspose2d(channels, half, 4, 2, 1), nn.BatchNorm2d(half), nn.ReLU()]
        super().__init__(*steps, nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh())


class VectorGenerator(nn.Module):
    """As Generator, from a plain vector."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(32, 64)
        self.generate = Generator()

    def forward(self, noise: Tensor) -> Tensor:
        return self.generate(self.project(noise)[:, :, None, None])


class Autoencoder(nn.Module):
    """Image to code to image; the code is a vector (bottleneck 24) or a map."""

    def __init__(self, *, vector: bool) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()
        )
        through_vector = nn.Sequential(
            nn.Flatten(),
            nn.Linear(32 * 256, 24),
            nn.Linear(24, 32 * 256),
            nn.Unflatten(1, (32, 16, 16)),
        )
        self.code = through_vector if vector else nn.Identity()
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(32, 16, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 3, 4, 2, 1),
            nn.Sigmoid(),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.decoder(self.code(self.encoder(image)))


class Denoiser(nn.Module):
    """Residual of an image by plain convolutions (Zhang et al. 2016, arXiv:1608.03981)."""

    def __init__(self, width: int = 24, depth: int = 5) -> None:
        super().__init__()
        inner: list[nn.Module] = []
        for _ in range(depth):
            conv = nn.Conv2d(width, width, 3, 1, 1, bias=False)
            inner += [conv, nn.BatchNorm2d(width), nn.ReLU()]
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 3, 1, 1), nn.ReLU(), *inner, nn.Conv2d(width, 3, 3, 1, 1)
        )

    def forward(self, image: Tensor) -> Tensor:
        return image - self.layers(image)


class UNet(nn.Module):
    """Encoder and decoder with skips (Ronneberger et al. 2015, arXiv:1505.04597)."""

    def __init__(self, widths: tuple[int, ...] = (8, 16, 32, 64)) -> None:
        super().__init__()

        def block(inner: int, outer: int) -> nn.Module:
            conv = nn.Conv2d(inner, outer, 3, 1, 1), nn.BatchNorm2d(outer), nn.ReLU()
            return nn.Sequential(*conv, nn.Conv2d(outer, outer, 3, 1, 1), nn.ReLU())

        pairs = list(zip(widths, widths[1:], strict=False))
        self.down = nn.ModuleList([block(a, b) for a, b in [(3, widths[0]), *pairs]])
        self.up = nn.ModuleList([nn.ConvTranspose2d(b, a, 2, 2) for a, b in reversed(pairs)])
        self.join = nn.ModuleList([block(2 * a, a) for a, _ in reversed(pairs)])
        self.head = nn.Conv2d(widths[0], CLASSES, 1)

    def forward(self, image: Tensor) -> Tensor:
        skips: list[Tensor] = []
        x = image
        for level, down in enumerate(self.down):
            x = down(x if level == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        x = skips.pop()
        for up, join in zip(self.up, self.join, strict=True):
            x = join(torch.cat([skips.pop(), up(x)], dim=1))
        return self.head(x)


class OneClassMap(nn.Module):
    """Class of every position as a label map: what is exported for a device that draws it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = UNet()

    def forward(self, image: Tensor) -> Tensor:
        return self.net(image).argmax(dim=1)


PLAIN_NETWORKS: tuple[Network, ...] = (
    Network("unet", "segmentation", UNet, {"input": IMAGE}, ("logits",)),
    Network("unet_labels", "segmentation", OneClassMap, {"input": IMAGE}, ("labels",)),
    Network("denoiser", "restoration", Denoiser, {"input": WIDE}, ("output",)),
    Network(
        "autoencoder_map",
        "autoencoder",
        lambda: Autoencoder(vector=False),
        {"input": IMAGE},
        ("output",),
    ),
    Network(
        "autoencoder_vector",
        "autoencoder",
        lambda: Autoencoder(vector=True),
        {"input": IMAGE},
        ("output",),
    ),
    Network(
        "gan_noise_map",
        "generator",
        Generator,
        {"noise": Input((2, 64, 1, 1))},
        ("image",),
        None,
    ),
    Network(
        "gan_vector",
        "generator",
        VectorGenerator,
        {"noise": Input((2, 32))},
        ("image",),
        None,
    ),
)
