"""Invented names of people: family names as frequent as they are, given names as the years liked them."""

import re
from bisect import bisect
from itertools import accumulate
from random import Random
from typing import Final

# Per thousand people, roughly as the household register counts them.
_FAMILY: Final = (
    "王72 李72 张68 刘53 陈45 杨31 黄22 赵22 吴20 周20 徐15 孙15 马13 朱13 胡12 郭12 何12 高11 林11 罗9 郑9 梁8 谢7 宋7 "
    "唐7 许6 韩6 冯6 邓6 曹6 彭6 曾6 肖6 田5 董5 袁5 潘5 于5 蒋5 蔡4 余4 杜4 叶4 程4 苏4 魏4 吕4 丁4 任4 沈4 姚4 卢4 "
    "姜4 崔4 钟3 谭3 陆3 汪3 范3 金3 石3 廖3 贾3 夏3 韦3 傅3 方3 白3 邹3 孟3 熊3 秦3 邱3 江3 尹3 薛3 闫2 段2 雷2 侯2 "
    "龙2 史2 陶2 黎2 贺2 顾2 毛2 郝2 龚2 邵2 万2 钱2 严2 覃2 武2 戴2 莫2 孔2 向2 汤2 常1 温1 康1 施1 文1 牛1 樊1 葛1 "
    "邢1 安1 齐1 易1 乔1 伍1 庞1 颜1 倪1 庄1 聂1 章1 鲁1 岳1 翟1 殷1 詹1 申1 欧阳1 单1 仇1 解1 柏1 司马1 诸葛1"
)

# Given names whole, and characters from which the others are put together, by the decade of birth.
_GIVEN: Final[dict[int, tuple[str, str, str, str]]] = {
    1920: (
        "德福 长贵 文清 永昌 宝山 世荣 金生 兴发 根生 万有 得胜 有才", "德福贵昌荣生发山宝世永金文长清庆",
        "秀英 桂英 兰英 素珍 玉珍 凤英 淑珍 翠英 金凤 桂兰 秀珍 素贞", "秀英桂兰珍玉凤淑翠素贞芝莲梅",
    ),
    1940: (
        "建国 国华 志明 德明 福生 永生 国栋 文彬 正明 树林 家骏 兆祥 长根 洪生", "国建志明德永生华文正祥树林忠良福义兴",
        "秀兰 桂珍 玉兰 玉英 淑华 桂芳 秀芳 月英 惠芳 玲娣 雪珍 彩云 菊英 凤珍 佩芬", "秀玉桂兰芳英珍华淑惠月雪云菊凤琴",
    ),
    1960: (
        "建国 建华 建军 卫东 国强 永强 志强 红军 爱民 援朝 跃进 卫国 新民 大庆 胜利 建平", "建国卫东强军民红志永平新明华胜爱忠",
        "秀芳 丽华 红梅 爱华 建英 玉梅 卫红 美华 秀丽 爱珍 国英 桂香 月琴 小红 凤霞", "丽华红梅芳英萍美玉琴霞秀爱燕香",
    ),
    1970: (
        "勇 军 伟 强 斌 涛 刚 建军 志刚 海涛 晓东 永红 文革 立新 俊峰 卫华 宏伟", "伟军勇强刚涛斌明峰辉海志文建宏立",
        "丽 艳 燕 敏 红 霞 静 丽娟 海燕 晓红 春梅 玉华 雪梅 冬梅 秀红 文英 小燕", "丽艳燕敏红霞静娟梅萍英玲芳琴",
    ),
    1980: (
        "伟 磊 鹏 涛 超 杰 浩 亮 飞 志伟 晓明 海波 文杰 俊杰 晨光 立峰 振宇 建斌", "伟磊鹏涛超杰浩亮飞波文俊志海明峰",
        "静 娟 婷 丹 倩 莉 雪 颖 晓燕 丽娜 文静 海燕 晓丽 雅琴 婷婷 春燕 佳慧", "静娟婷丹倩莉雪颖晓燕丽娜文慧佳玲",
    ),
    1990: (
        "鑫 帅 凯 旭 阳 宇 晨 志豪 浩然 子豪 嘉伟 文博 俊豪 天宇 一鸣 家豪 博文", "鑫帅凯旭阳宇晨浩豪博天鸣嘉子俊明",
        "婷 雪 欣 悦 梦 瑶 雨欣 思琪 佳怡 梦婷 雅婷 文婷 晓雯 诗雨 欣怡 丹丹 莹莹", "婷雪欣悦梦瑶雨思佳怡琪雅文诗莹",
    ),
    2000: (
        "浩宇 子轩 宇轩 俊杰 浩然 博文 子涵 梓豪 天佑 皓轩 宇航 嘉豪 明轩 一凡", "浩宇子轩俊博梓天皓嘉明航睿哲",
        "欣怡 雨桐 思涵 梓涵 诗涵 可欣 佳怡 梦琪 雨萱 紫萱 语嫣 静怡 心怡", "欣怡雨桐思涵梓诗佳可梦萱心语",
    ),
    2010: (
        "沐辰 奕辰 浩宇 子墨 宇泽 一诺 亦辰 沐阳 梓睿 景行 慕言 承泽 云舟", "沐辰奕浩子宇泽亦阳梓睿景承云",
        "一诺 诗涵 语桐 若汐 沐瑶 苡沫 可馨 芷若 雨桐 星玥 安然 知夏 念初", "一诺诗语桐若沐瑶可馨芷雨星安念",
    ),
}  # fmt: skip

_PEOPLE_BY_NAME: Final[dict[str, int]] = {
    name: int(count) for name, count in re.findall(r"(\D+)(\d+) ?", _FAMILY)
}
_FAMILY_NAMES: Final = tuple(_PEOPLE_BY_NAME)
_FAMILY_SUMS: Final = tuple(accumulate(_PEOPLE_BY_NAME.values()))
_DECADES: Final = tuple(sorted(_GIVEN))
_WHOLE: Final = {
    (decade, sex): tuple(lists[0 if sex == "male" else 2].split()) for decade, lists in _GIVEN.items() for sex in ("male", "female")
}  # fmt: skip
_PARTS: Final = {
    (decade, sex): lists[1 if sex == "male" else 3] for decade, lists in _GIVEN.items() for sex in ("male", "female")
}  # fmt: skip


def family_name(random: Random) -> str:
    """Return a family name, as often as there are people of that name."""
    return _FAMILY_NAMES[bisect(_FAMILY_SUMS, random.random() * _FAMILY_SUMS[-1])]


def given_name(random: Random, sex: str, year: int) -> str:
    """Return a given name for somebody of `sex` ("female", "male") who was born in `year`."""
    decade = _DECADES[max(0, bisect(_DECADES, year) - 1)]
    chance = random.random()
    if chance < 0.3:
        return random.choice(_WHOLE[decade, sex])
    parts = _PARTS[decade, sex]
    first = parts[int(random.random() * len(parts))]
    if chance < (0.6 if decade in (1970, 1980) else 0.4 if decade == 1990 else 0.33):
        return first
    second = parts[int(random.random() * len(parts))]
    return first + second


def full_name(random: Random, sex: str, year: int, family: str = "") -> str:
    """Return a whole name; `family` when it is to be that of relatives."""
    return (family or family_name(random)) + given_name(random, sex, year)
