"""What a rule gives away must stand in the same set-up file, and is named where it does not."""

from __future__ import annotations

from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.referral import ReferralReward, ReferralRules
from terminal.rules.rulebook import Rulebook
from terminal.rules.rulebook_mistakes import mistakes
from terminal.rules.setup_words import said as phrase
from terminal.rules.value.top_up import Gift
from tests.told import said

KNOWN = CouponTemplate("there", "cash", off_fen=10_00)


def test_a_coupon_for_bringing_somebody_must_be_one_of_the_files_coupons() -> None:
    rewards = (ReferralReward(coupons=(Gift("there"),)), ReferralReward(coupons=(Gift("there"), Gift("gone"))))
    rules = Rulebook(coupons=(KNOWN,), referral=ReferralRules(rewards=rewards))
    assert said(mistakes(rules)) == [("referral.rewards[1].coupons", "names gone, which is nowhere in this file")]


def test_a_phrase_of_the_device_pages_takes_its_values_in_every_language() -> None:
    texts = [phrase("wrong", language, label="Address") for language in ("zh_CN", "zh_TW", "en")]
    assert texts == ["Address填写不正确，没有保存", "Address填寫不正確，沒有儲存", "Address is not right: not saved."]
