"""Views a second of other libraries on one core, of the settings that `sslx bench views` has.

    python3 tests/reference/views_rate.py [--photos FOLDER] [--seconds 3]

SimCLR's recipe at strength 1 (crop, flip, jitter of 0.8, grayscale, at 224 pixels blur, normalise), on decoded
images of random smooth colours with grain: 32 x 32 and 500 x 375. With --photos, JPEG files decoded whole and
then cropped to 224 pixels. A library that is not installed is left out. Take both programs' figures on one
machine in the same quarter of an hour.
"""
import argparse
import glob
import os
import time

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np
import torch
from torch.nn import functional
from torchvision.transforms import v2
from torchvision.transforms.functional import to_pil_image

torch.set_num_threads(1)
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def pictures(count, height, width):
    coarse = torch.rand(count, 3, 8, 8)
    smooth = functional.interpolate(coarse, (height, width), mode="bilinear")
    grain = torch.rand(1, 3, height, width) * 0.2 - 0.1
    return ((smooth + grain).clamp(0, 1) * 255).to(torch.uint8)


def rate(make, images, seconds):
    """Calls a second, by the processor's time, after one round that is not counted."""
    for image in images[:16]:
        make(image)
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        make(images[done % len(images)])
        done += 1
    return done / (time.process_time() - start)


def torchvision_tensors(size, blur):
    steps = [v2.RandomResizedCrop(size, antialias=True), v2.RandomHorizontalFlip(),
             v2.RandomApply([v2.ColorJitter(0.8, 0.8, 0.8, 0.2)], 0.8), v2.RandomGrayscale(0.2)]
    steps += [v2.RandomApply([v2.GaussianBlur(size // 10 | 1, (0.1, 2.0))], 0.5)] if blur else []
    return v2.Compose(steps + [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)])


def lightly_pil(size, blur):
    from lightly.transforms import SimCLRViewTransform
    return SimCLRViewTransform(input_size=size, cj_strength=1.0, gaussian_blur=0.5 if blur else 0.0,
                               sigmas=(0.1, 2.0))


def albumentations_numpy(size, blur):
    import albumentations
    import cv2
    cv2.setNumThreads(0)
    steps = [albumentations.RandomResizedCrop((size, size), scale=(0.08, 1)), albumentations.HorizontalFlip(p=0.5),
             albumentations.ColorJitter((0.2, 1.8), (0.2, 1.8), (0.2, 1.8), (-0.2, 0.2), p=0.8),
             albumentations.ToGray(p=0.2)]
    kernel = size // 10 | 1
    steps += [albumentations.GaussianBlur((kernel, kernel), (0.1, 2.0), p=0.5)] if blur else []
    whole = albumentations.Compose(steps + [albumentations.Normalize(MEAN, STD)])
    return lambda image: whole(image=image)["image"]


def kornia_batched(size, blur):
    from kornia import augmentation
    steps = [augmentation.RandomResizedCrop((size, size), scale=(0.08, 1)), augmentation.RandomHorizontalFlip(),
             augmentation.ColorJitter(0.8, 0.8, 0.8, 0.2, p=0.8), augmentation.RandomGrayscale(p=0.2)]
    kernel = size // 10 | 1
    steps += [augmentation.RandomGaussianBlur((kernel, kernel), (0.1, 2.0), p=0.5)] if blur else []
    return augmentation.AugmentationSequential(
        *steps, augmentation.Normalize(torch.tensor(MEAN), torch.tensor(STD)), data_keys=["input"])


def tell(name, measure):
    try:
        print(f"  {name:28} {measure():9.0f}", flush=True)
    except ImportError as error:
        print(f"  {name:28} left out: {error}")


def views(size, height, width, blur, count, batch, seconds):
    print(f"{size} px from {width} x {height}{', blur' if blur else ''}")
    images = pictures(count, height, width)
    each = list(images)
    tell("lightly, PIL", lambda: rate(lightly_pil(size, blur), [to_pil_image(x) for x in each], seconds))
    tell("torchvision v2, tensors", lambda: rate(torchvision_tensors(size, blur), each, seconds))
    arrays = [np.ascontiguousarray(x.permute(1, 2, 0).numpy()) for x in each]
    tell("albumentations, OpenCV", lambda: rate(albumentations_numpy(size, blur), arrays, seconds))
    batches = [x.float() / 255 for x in images.split(batch)]
    tell("kornia, batched", lambda: batch * rate(kornia_batched(size, blur), batches, seconds))


def simplejpeg_decoder():
    import simplejpeg
    return simplejpeg.decode_jpeg


def opencv_decoder():
    import cv2
    cv2.setNumThreads(0)
    return lambda data: cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def pil_decoder():
    import io

    from PIL import Image
    return lambda data: np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def cropped(decode):
    import cv2
    cv2.setNumThreads(0)

    def make(data):
        image = decode(data)
        top, left, high, wide = v2.RandomResizedCrop.get_params(
            torch.empty(3, *image.shape[:2]), [0.08, 1], [3 / 4, 4 / 3])
        return cv2.resize(image[top:top + high, left:left + wide], (224, 224), interpolation=cv2.INTER_AREA)
    return make


def photographs(folder, seconds):
    files = [open(name, "rb").read() for name in sorted(glob.glob(folder + "/**/*.jp*g", recursive=True))[:256]]
    print(f"JPEG files of {sum(map(len, files)) / len(files) / 1e3:.0f} KB, decoded whole")
    decoders = {"simplejpeg": simplejpeg_decoder, "OpenCV": opencv_decoder, "PIL": pil_decoder}
    for name, decoder in decoders.items():
        tell(name, lambda: rate(decoder(), files, seconds))
    for name, decoder in decoders.items():
        tell(name + ", 224 px crop", lambda: rate(cropped(decoder()), files, seconds))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos")
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    views(32, 32, 32, False, 2048, 256, arguments.seconds)
    views(224, 375, 500, True, 64, 32, arguments.seconds)
    if arguments.photos:
        photographs(arguments.photos, arguments.seconds)


if __name__ == "__main__":
    main()
