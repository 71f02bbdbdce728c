"""Surnames in Latin letters, for screens in English and for the search.

How a surname is read is often not how its character is read.
The readings are those of names (单 Shan, 曾 Zeng, 仇 Qiu, 万俟 Moqi), without tones; ü is written yu, as in passports
(GB/T 28039-2011: 吕 LYU).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# A reading, then the characters that are read so.
_SINGLE: Final = """
Ai 艾 An 安 Ao 敖 Ba 巴 Bai 柏白 Ban 班 Bao 鲍包暴 Bei 贝 Ben 贲賁 Bi 毕秘畢 Bian 卞边邊 Bie 别 Bing 邴 Bo 薄
Bu 卜步 Cai 蔡 Cang 苍蒼 Cao 曹 Cen 岑 Chai 柴 Chang 昌常 Chao 晁巢 Che 车車 Chen 陈谌陳 Cheng 成程 Chi 池
Chong 充种 Chu 褚储初楚儲 Cong 从從 Cui 崔 Dai 戴代 Dang 党黨 Deng 邓鄧 Di 狄邸 Diao 刁 Ding 丁 Dong 董东東
Dou 窦竇 Du 杜堵都 Duan 段 E 鄂 Fan 范樊 Fang 方房 Fei 费費 Feng 冯凤酆封丰馮鳳豐 Fu 傅伏富符扶付 Gan 干甘
Gao 高郜 Ge 葛戈盖蓋 Geng 耿 Gong 龚弓宫贡巩公龔貢鞏 Gou 勾句苟 Gu 顾谷古顧 Guan 管关關 Guang 广廣 Gui 桂
Guo 郭国國 Han 韩韓 Hang 杭 Hao 郝 He 何贺和黑賀 Heng 衡 Hong 洪弘红紅 Hou 侯后 Hu 胡扈 Hua 华花滑華 Huai 怀懷
Huan 宦桓 Huang 黄黃 Hui 惠 Huo 霍 Ji 计纪季吉嵇汲蓟籍姬冀暨紀薊 Jia 贾家郏賈 Jian 简簡 Jiang 蒋姜江蔣
Jiao 焦矫 Jie 揭 Jin 金靳 Jing 经井景荆 Ju 居鞠 Kan 阚 Kang 康 Ke 柯 Kong 孔空 Kou 寇 Kuai 蒯 Kuang 匡 Kui 夔
Lai 赖来賴 Lan 蓝兰蘭 Lang 郎 Lao 劳勞 Lei 雷 Leng 冷 Li 李厉黎郦利厲酈 Lian 廉连連 Liang 梁 Liao 廖
Lin 林蔺藺 Ling 凌 Liu 柳刘劉 Long 龙隆龍 Lou 娄婁 Lu 鲁路卢陆禄逯芦鹿魯盧陸祿蘆 Luan 栾欒 Luo 罗骆羅駱
Lyu 吕呂 Ma 马麻馬 Man 满滿 Mao 毛茅 Mei 梅 Men 门 Meng 孟蒙 Mi 米糜宓 Miao 苗缪繆 Min 闵閔 Ming 明 Mo 莫
Mou 牟 Mu 穆牧慕 Na 那 Nai 能 Nan 南 Ni 倪 Nie 聂乜聶 Ning 宁甯寧 Niu 钮牛鈕 Nong 农農 Ou 欧区歐區 Pan 潘
Pang 庞逄龐 Pei 裴 Peng 彭蓬 Pi 皮 Piao 朴 Ping 平 Po 繁 Pu 蒲濮浦 Qi 戚齐祁亓綦齊 Qian 钱錢 Qiang 强
Qiao 乔喬 Qin 秦覃 Qing 青卿 Qiu 邱裘秋仇丘 Qu 屈曲璩瞿 Quan 全权權 Que 阙闕 Ran 冉 Rao 饶饒 Ren 任
Rong 荣戎容融榮 Ru 茹 Ruan 阮 Rui 芮 Sa 撒 Sang 桑 Sha 沙 Shan 单山單 Shang 尚 Shao 邵韶召 She 厍折
Shen 沈莘申慎 Sheng 盛 Shi 施史时石师時師 Shou 寿 Shu 舒束殳 Shuai 帅 Shuang 双雙 Shui 水税 Si 司斯 Song 宋松
Su 苏宿粟蘇 Sui 眭 Sun 孙孫 Suo 索 Tai 邰 Tan 谈谭談譚 Tang 唐汤湯 Tao 陶 Teng 滕腾 Tian 田 Tie 铁鐵
Tong 童通仝佟 Tou 钭 Tu 屠涂 Wan 万萬 Wang 王汪 Wei 卫魏韦危隗位衛韋 Wen 闻温文聞溫 Weng 翁 Wo 沃
Wu 吴邬伍巫乌武毋吳鄔 Xi 奚席郗郤习習 Xia 夏 Xian 咸冼洗 Xiang 项向相項 Xiao 萧肖蕭 Xie 谢解謝 Xin 辛
Xing 邢幸 Xiong 熊 Xu 许徐胥须許 Xuan 宣 Xue 薛 Xun 荀郇 Yan 严颜燕晏阎闫嚴顏閻閆 Yang 杨羊仰养楊 Yao 姚尧
Ye 叶葉 Yi 羿伊易益 Yin 殷尹印阴陰 Ying 应應 Yong 雍 You 尤游由 Yu 喻俞于余禹虞郁於鱼庾蔚兪魚 Yuan 袁元苑原
Yue 乐越岳樂 Yun 云员贠雲員 Zai 宰 Zan 昝 Zang 臧 Zeng 曾 Zha 查 Zhai 翟祭 Zhan 湛詹战展 Zhang 张章仉張
Zhao 赵趙 Zhen 甄 Zheng 郑鄭 Zhi 支 Zhong 钟仲终鍾 Zhou 周 Zhu 朱祝诸竺諸 Zhuang 庄莊 Zhuo 卓 Zi 訾 Zong 宗
Zou 邹鄒 Zu 祖 Zuo 左
"""
# A reading, then the surnames of two characters that are read so.
_COMPOUND: Final = """
Baili 百里 Chanyu 单于/單于 Chunyu 淳于 Diwu 第五 Dongfang 东方/東方 Dongguo 东郭/東郭 Dongmen 东门/東門
Duangan 段干 Duanmu 端木 Dugu 独孤/獨孤 Gongliang 公良 Gongshu 公輸/公输 Gongsun 公孙/公孫 Gongxi 公西
Gongyang 公羊 Gongye 公冶 Guihai 归海/歸海 Guliang 穀梁/谷梁 Helan 賀蘭/贺兰 Helian 赫连/赫連 Huangfu 皇甫
Huyan 呼延 Jiagu 夹谷/夾谷 Liangqiu 梁丘 Linghu 令狐 Lyuqiu 閭丘/闾丘 Moqi 万俟/萬俟 Murong 慕容
Nalan 納蘭/纳兰 Nangong 南宫/南宮 Nanmen 南門/南门 Ouyang 欧阳/歐陽 Puyang 濮阳/濮陽 Qidiao 漆雕
Rangsi 壤駟/壤驷 Shangguan 上官 Shentu 申屠 Sikong 司空 Sima 司馬/司马 Situ 司徒 Taishi 太史 Taishu 太叔
Tantai 澹台/澹臺 Tuoba 拓跋 Wanyan 完顏/完颜 Weisheng 微生 Wenren 聞人/闻人 Wuma 巫馬/巫马 Xiahou 夏侯
Xianyu 鮮于/鲜于 Ximen 西門/西门 Xuanyuan 軒轅/轩辕 Yangshe 羊舌 Yehe 叶赫/葉赫 Yelyu 耶律 Yuchi 尉迟/尉遲
Yuezheng 乐正/樂正 Yuwen 宇文 Zaifu 宰父 Zhangsun 長孫/长孙 Zhongli 鍾離/钟离 Zhongsun 仲孙/仲孫
Zhuansun 顓孫/颛孙 Zhuge 諸葛/诸葛 Ziju 子車/子车 Zongzheng 宗政 Zuoqiu 左丘
"""


def _table() -> dict[str, str]:
    single, compound = _SINGLE.split(), _COMPOUND.split()
    table = {each: latin for latin, characters in zip(single[::2], single[1::2], strict=True) for each in characters}
    return table | {
        each: latin for latin, names in zip(compound[::2], compound[1::2], strict=True) for each in names.split("/")
    }


_LATIN: Final[Mapping[str, str]] = MappingProxyType(_table())


def _turned(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    turned: dict[str, tuple[str, ...]] = {}
    for surname, latin_form in table.items():
        turned[latin_form.lower()] = (*turned.get(latin_form.lower(), ()), surname)
    return turned


_BY_LATIN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(_turned(_LATIN))


def by_latin() -> Mapping[str, tuple[str, ...]]:
    """Return the Chinese surnames that are read alike, by their reading in small letters: `wang` to 王 and 汪."""
    return _BY_LATIN


def latin(surname: str) -> str:
    """Return a Chinese surname in Latin letters, `欧阳` to `Ouyang`; any other text, and an unknown one, as it is."""
    return _LATIN.get(surname, surname)
